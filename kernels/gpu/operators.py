"""Every operator on a GPU against the CPU's, its bits over many runs, and its time against torchvision's."""
import statistics
import time

import torch
import torchvision

TOLERANCE = {torch.float32: 1e-4, torch.bfloat16: 2e-2, torch.float16: 4e-3, torch.float64: 1e-10}
NAN, INF = float("nan"), float("inf")


class Kernels:
    """The operators of a device: dynamic_rcnn's, or the blocks that run on the CPU."""

    def __init__(self, device):
        self.device = device
        self.ops = torch.ops.dynamic_rcnn if device == "cuda" else torch.ops.dynamic_rcnn_shim

    def __call__(self, name, *arguments):
        moved = [value.to(self.device) if isinstance(value, torch.Tensor) else value for value in arguments]
        return getattr(self.ops, name)(*moved)


def reference(name, *arguments):
    """The CPU's operator; it has no float16, so that becomes float32."""
    wide = [value.float() if isinstance(value, torch.Tensor) and value.dtype == torch.float16 else value for value in arguments]
    return getattr(torch.ops.dynamic_rcnn, name)(*wide)


def distance(found, expected):
    """Largest difference, relative to the largest value where that is above 1; NaN equals NaN alone."""
    found, expected = found.double().cpu(), expected.double()
    same = (found == expected) | (found.isnan() & expected.isnan())
    if bool(same.all()):
        return 0.0
    off = torch.where(same, torch.zeros_like(found), (found - expected).abs())
    if bool(off.isnan().any()):
        return INF
    return float(off.max()) / max(1.0, float(expected.nan_to_num(0, 0, 0).abs().max()))


def generator():
    return torch.Generator().manual_seed(1)


def uniform(draw, low, high, *shape):
    return torch.rand(*shape, generator=draw) * (high - low) + low


def drawn_rois(draw, count, images, side, padding=True):
    corner = uniform(draw, -0.3 * side, 1.1 * side, count, 2)
    image = torch.randint(-1 if padding else 0, images, (count, 1), generator=draw).float()
    return torch.cat([image, corner, corner + uniform(draw, 0, 0.7 * side, count, 2)], 1)


def hostile_rois():
    return torch.tensor([[0, 3, 3, 3, 3], [0, 5, 5, 2, 2], [0, -1, -1, -1, -1], [0, NAN, 1, 5, 5], [0, 1, 1, INF, 5], [0, -INF, -INF, INF, INF],
                         [0, 1e9, 1e9, 2e9, 2e9], [0, -1e9, -1e9, 1e9, 1e9], [-1, NAN, 0, 5, 5], [0, 0, 0, 1e-30, 1e-30], [0, 7, 7, 8, 8]])


def layouts(tensor):
    yield "", tensor
    yield " channels-last", tensor.contiguous(memory_format=torch.channels_last)


def check_roi_align(table, run):
    draw = generator()
    cases = [("drawn", (2, 37, 25, 30), drawn_rois(draw, 200, 2, 28)), ("hostile", (1, 36, 9, 9), hostile_rois()),
             ("one pixel", (1, 4, 1, 1), hostile_rois()), ("no RoIs", (2, 3, 8, 8), torch.zeros(0, 5)), ("padding", (2, 3, 8, 8), torch.full((300, 5), -1.0))]
    for name, shape, rois in cases:
        for dtype in (torch.float32, torch.float64, torch.bfloat16, torch.float16):
            for layout, image in layouts(uniform(draw, -1, 1, *shape).to(dtype)):
                worst = 0.0
                for ratio, aligned in ((2, True), (0, True), (0, False)):
                    setting = (0.5, 7, 7)
                    pooled = run("roi_align", image, rois, *setting, ratio, aligned)
                    worst = max(worst, distance(pooled, reference("roi_align", image, rois, *setting, ratio, aligned)))
                    grad = uniform(draw, -1, 1, *pooled.shape).to(dtype)
                    back = (grad, rois, *setting, *shape, ratio, aligned, bool(layout))
                    worst = max(worst, distance(run("_roi_align_backward", *back), reference("_roi_align_backward", *back)))
                table.check(f"roi_align {name} {str(dtype)[6:]}{layout}", worst <= TOLERANCE[dtype], f"off by {worst:.1e}")


def crowd(draw, count, extent, side):
    corner = uniform(draw, 0, extent, count, 2)
    return torch.cat([corner, corner + uniform(draw, 0, side, count, 2)], 1)


def check_nms(table, run):
    draw = generator()
    hostile = crowd(draw, 300, 60, 40)
    hostile[torch.randint(0, 300, (60,), generator=draw), torch.randint(0, 4, (60,), generator=draw)] = NAN
    hostile[torch.randint(0, 300, (60,), generator=draw), torch.randint(0, 4, (60,), generator=draw)] = INF
    cases = [("no boxes", torch.zeros(0, 4), torch.zeros(0), 1), ("one box", crowd(draw, 1, 9, 9), torch.rand(1, generator=draw), 1),
             ("2000 equal scores", crowd(draw, 2000, 300, 60), torch.full((2000,), 0.5), 1),
             ("300 hostile", hostile, torch.rand(300, generator=draw), 3), ("3000 of 40 groups", crowd(draw, 3000, 200, 60), torch.rand(3000, generator=draw), 40)]
    for name, boxes, scores, count in cases:
        groups = torch.randint(-1, count, (len(boxes),), generator=draw)
        for dtype in (torch.float32, torch.bfloat16, torch.float16):
            box, score, good = boxes.to(dtype), scores.to(dtype), True
            for threshold, offset, equal in ((0.5, 0.0, False), (0.7, 1.0, True), (0.0, 0.0, True)):
                settings = (threshold, offset, equal)
                good &= torch.equal(run("nms", box, score, *settings).cpu(), reference("nms", box, score, *settings))
                good &= torch.equal(run("batched_nms", box, score, groups, *settings).cpu(), reference("batched_nms", box, score, groups, *settings))
                good &= torch.equal(run("nms_keep", box, score, groups, *settings).cpu(), reference("nms_keep", box, score, groups, *settings))
            table.check(f"nms {name} {str(dtype)[6:]}", good, "the same boxes")


def deform_arguments(draw, dtype, groups=1, offset_groups=1):
    image, weight = uniform(draw, -1, 1, 2, 12, 17, 19).to(dtype), uniform(draw, -1, 1, 8, 12 // groups, 3, 3).to(dtype)
    offset, mask = uniform(draw, -3, 3, 2, 18 * offset_groups, 17, 19).to(dtype), uniform(draw, 0, 1, 2, 9 * offset_groups, 17, 19).to(dtype)
    return image, weight, offset, mask, uniform(draw, -1, 1, 8).to(dtype)


def check_deform_conv2d(table, run):
    draw = generator()
    for groups, offset_groups in ((1, 1), (4, 3)):
        for dtype in (torch.float32, torch.bfloat16, torch.float16):
            image, weight, offset, mask, bias = deform_arguments(draw, dtype, groups, offset_groups)
            settings = (1, 1, 1, 1, 1, 1, groups, offset_groups)
            for layout, image in layouts(image):
                output = run("deform_conv2d", image, weight, offset, mask, bias, *settings)
                worst = distance(output, reference("deform_conv2d", image, weight, offset, mask, bias, *settings))
                back = (uniform(draw, -1, 1, *output.shape).to(dtype), image, weight, offset, mask, *settings, True, True, True, True)
                found, expected = run("_deform_conv2d_backward", *back), reference("_deform_conv2d_backward", *back)
                worst = max([worst] + [distance(*pair) for pair in zip(found, expected)])
                table.check(f"deform_conv2d {groups}, {offset_groups} {str(dtype)[6:]}{layout}", worst <= TOLERANCE[dtype], f"off by {worst:.1e}")


def check_random_keys(table, run):
    ids = torch.tensor([0, -1, 139, 2**63 - 1, -(2**63)])
    good = all(torch.equal(run("random_keys", ids, -7, 2**32 - 1, 255, count).cpu(), torch.ops.dynamic_rcnn.random_keys(ids, -7, 2**32 - 1, 255, count))
               for count in (0, 1, 4, 1026, 100000))
    table.check("random_keys", good, "the same bits as the CPU's")


def check_bits(table, run, repeats):
    """The same call again and again, as a training step makes it."""
    draw = generator()
    side = 50 if run.device == "cpu" else 200
    image, rois = uniform(draw, -1, 1, 2, 64, side, side).to(run.device), drawn_rois(draw, side * 5, 2, side).to(run.device)
    grad = uniform(draw, -1, 1, len(rois), 64, 7, 7).to(run.device)
    boxes, scores = crowd(draw, 2000, 300, 60).to(run.device), torch.rand(2000, generator=draw).to(run.device)
    groups = torch.randint(-1, 5, (2000,), generator=draw).to(run.device)
    arguments = [value.to(run.device) for value in deform_arguments(draw, torch.float32)]
    deform_grad = uniform(draw, -1, 1, 2, 8, 17, 19).to(run.device)
    settings = (1, 1, 1, 1, 1, 1, 1, 1)
    calls = {
        "roi_align": lambda: [run("roi_align", image, rois, 1.0, 7, 7, 2, True)],
        "roi_align's gradient": lambda: [run("_roi_align_backward", grad, rois, 1.0, 7, 7, *image.shape, 2, True, False)],
        "nms_keep": lambda: [run("nms_keep", boxes, scores, groups, 0.5, 0.0, False)],
        "deform_conv2d": lambda: [run("deform_conv2d", *arguments, *settings)],
        "deform_conv2d's gradients": lambda: list(run("_deform_conv2d_backward", deform_grad, *arguments[:4], *settings, True, True, True, True)),
    }
    for name, call in calls.items():
        first = call()
        equal = all(all(torch.equal(a, b) for a, b in zip(first, call())) for _ in range(repeats - 1))
        table.check(f"{name}: identical bits", equal, f"{repeats} runs")


def check_autocast(table, run):
    """Under autocast the RoIs stay float32; through autograd, with the gradients that CPU and GPU share."""
    draw = generator()
    image, rois = uniform(draw, -1, 1, 2, 16, 20, 20), drawn_rois(draw, 40, 2, 20)
    expected = image.clone().requires_grad_()
    weight = uniform(draw, -1, 1, 40, 16, 7, 7)
    (torch.ops.dynamic_rcnn.roi_align(expected, rois, 1.0, 7, 7, 2, True) * weight).sum().backward()
    for dtype in (torch.float32, torch.bfloat16):
        found = image.detach().clone().to(run.device, dtype).requires_grad_()
        with torch.autocast(run.device, dtype=torch.bfloat16):
            pooled = torch.ops.dynamic_rcnn.roi_align(found, rois.to(run.device), 1.0, 7, 7, 2, True)
        (pooled.float() * weight.to(run.device)).sum().backward()
        off = distance(found.grad, expected.grad)
        table.check(f"roi_align under autocast, {str(dtype)[6:]} map", off <= TOLERANCE[dtype], f"{str(pooled.dtype)[6:]}, gradient off by {off:.1e}")


def check_waiting(table, run):
    """Nothing in a call may wait for the device: torch raises where something does."""
    draw = generator()
    image = uniform(draw, -1, 1, 2, 16, 50, 50).to(run.device).requires_grad_()
    rois, boxes = drawn_rois(draw, 300, 2, 50).to(run.device), crowd(draw, 5000, 300, 60).to(run.device)
    scores, groups = torch.rand(5000, generator=draw).to(run.device), torch.randint(-1, 10, (5000,), generator=draw).to(run.device)
    ids, weight = torch.arange(2).to(run.device), uniform(draw, -1, 1, 300, 16, 7, 7).to(run.device)
    arguments = [value.to(run.device).requires_grad_() for value in deform_arguments(draw, torch.float32)]

    def calls():
        (torch.ops.dynamic_rcnn.roi_align(image, rois, 1.0, 7, 7, 2, True) * weight).sum().backward()
        torch.ops.dynamic_rcnn.nms_keep(boxes, scores, groups, 0.5)
        torch.ops.dynamic_rcnn.random_keys(ids, 1, 2, 3, 1000)
        torch.ops.dynamic_rcnn.deform_conv2d(*arguments, 1, 1, 1, 1).sum().backward()

    calls()
    if run.device != "cuda":
        return table.note("no call waits for the device", "not checked: there is no device")
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode("error")
    try:
        calls()
        table.check("no call waits for the device", True)
    except RuntimeError as error:
        table.check("no call waits for the device", False, str(error).splitlines()[0])
    finally:
        torch.cuda.set_sync_debug_mode("default")


def check(table, device, repeats):
    run = Kernels(device)
    for part in (check_roi_align, check_nms, check_deform_conv2d, check_random_keys, check_autocast, check_waiting):
        table.part(part.__name__, part, table, run)
    table.part(check_bits.__name__, check_bits, table, run, repeats)


def seconds(call, device, calls):
    """Of one call, as the device's own clock has it."""
    if device != "cuda":
        start = time.perf_counter()
        for _ in range(calls):
            call()
        return (time.perf_counter() - start) / calls
    begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    begin.record()
    for _ in range(calls):
        call()
    end.record()
    end.synchronize()
    return begin.elapsed_time(end) / 1e3 / calls


def compare(table, name, ours, theirs, device, rounds, target=None):
    """Alternating rounds, so that both meet the same clocks and neighbours."""
    calls = 10 if device == "cuda" else 1
    for call in (ours, theirs):
        seconds(call, device, 3 if device == "cuda" else 1)
    times = [], []
    for round in range(rounds):
        for which in (0, 1) if round % 2 == 0 else (1, 0):
            times[which].append(seconds((ours, theirs)[which], device, calls))
    table.ratio(name, *map(statistics.median, times), [b / a for a, b in zip(*times)], target if device == "cuda" else None)


def measure(table, device, rounds):
    """2 x 512 RoIs of 256 channels, dealt to the four levels of an 800 x 1344 pyramid as a detector does."""
    run, draw = Kernels(device), generator()
    images, rois_each, channels, height, width = (2, 512, 256, 800, 1344) if device == "cuda" else (2, 16, 8, 100, 168)
    count = images * rois_each
    side = 16 * 40 ** torch.rand(count, generator=draw) * height / 800
    aspect = 2 ** (torch.rand(count, generator=draw) - 0.5)
    size = torch.stack([side * aspect, side / aspect], 1)
    corner = torch.rand(count, 2, generator=draw) * (torch.tensor([width, height]) - size).clamp(min=0)
    rois = torch.cat([(torch.arange(count) % images)[:, None], corner, corner + size], 1).to(device)
    level = (4 + (side * 800 / height / 224).log2()).floor().clamp(2, 5).to(device)
    for dtype in (torch.float32, torch.bfloat16):
        for last in (False, True):
            whole = []
            for index, stride in enumerate((4, 8, 16, 32)):
                shape = images, channels, height // stride, width // stride
                image = uniform(draw, -1, 1, *shape).to(device, dtype)
                here = rois[level == index + 2]
                grad = uniform(draw, -1, 1, len(here), channels, 7, 7).to(device, dtype)
                layout = torch.channels_last if last else torch.contiguous_format
                whole.append((image, image.contiguous(memory_format=layout), here, grad, 1 / stride))

            def ours():
                for image, laid, here, grad, scale in whole:
                    run("roi_align", laid, here, scale, 7, 7, 2, True)
                    run("_roi_align_backward", grad, here, scale, 7, 7, *image.shape, 2, True, last)

            def theirs():
                # torchvision's has neither channels-last nor bfloat16: under autocast it works on float32 copies.
                for image, _, here, grad, scale in whole:
                    torch.ops.torchvision.roi_align(image.float(), here, scale, 7, 7, 2, True)
                    torch.ops.torchvision._roi_align_backward(grad.float(), here, scale, 7, 7, *image.shape, 2, True).to(dtype)

            if device == "cuda" or dtype == torch.float32:
                name = f"roi_align fwd + bwd, {count} RoIs, {channels} ch, {str(dtype)[6:]}{' last' if last else ''}"
                compare(table, name, ours, theirs, device, rounds, 1.5 if dtype == torch.float32 and not last else None)
    for boxes_each, target in ((1000, 1.5), (4000, 1.5)) if device == "cuda" else ((100, None),):
        boxes = crowd(draw, boxes_each, 1000, 150).to(device)
        scores = torch.rand(boxes_each, generator=draw).to(device)
        compare(table, f"nms {boxes_each} boxes", lambda: run("nms", boxes, scores, 0.7, 0.0, False),
                lambda: torchvision.ops.nms(boxes, scores, 0.7), device, rounds, target)
    # The RPN's: two images, five levels.
    sizes = [2000, 2000, 2000, 2000, 819] if device == "cuda" else [50, 50]
    groups = torch.cat([torch.full((size,), k) for k, size in enumerate(sizes * images)]).to(device)
    boxes, scores = crowd(draw, len(groups), 1000, 150).to(device), torch.rand(len(groups), generator=draw).to(device)
    compare(table, f"nms of {images} images with {len(sizes)} levels, {len(groups)} boxes",
            lambda: run("nms_keep", boxes, scores, groups, 0.7, 0.0, False),
            lambda: torchvision.ops.batched_nms(boxes, scores, groups, 0.7), device, rounds, 1.5 if device == "cuda" else None)
