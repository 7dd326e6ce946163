"""Every CUDA operator, forward and backward, against our CPU's and torchvision's, and its bits over many runs."""
import torch
import torchvision

TOLERANCE = {torch.float32: 1e-4, torch.bfloat16: 2e-2, torch.float16: 4e-3, torch.float64: 1e-10}
HALVES = torch.bfloat16, torch.float16
NAN, INF = float("nan"), float("inf")


class Checked:
    """ours: CudaKernels for tensors on `device`; cpu: Kernels. few: a part of the cases, for a tool that slows them down."""

    def __init__(self, table, ours, cpu, device, few=False):
        self.table, self.ours, self.cpu, self.device, self.few = table, ours, cpu, device, few

    def types(self, *all_types):
        return all_types[:1] if self.few else all_types

    def off(self, name, dtype, found, expected, theirs):
        """Lists of tensors; theirs: torchvision's, empty where it has no answer."""
        worst = [max(map(distance, found, others)) for others in (expected, theirs) if others]
        self.table.check(f"{name} {str(dtype)[6:]}", max(worst) <= TOLERANCE[dtype],
                         f"off by {worst[0]:.1e}" + (f", from torchvision's by {worst[1]:.1e}" if theirs else ""))


def wide(tensor):
    """The CPU's operators have no float16, and bfloat16 for RoIAlign alone."""
    return tensor.float() if tensor is not None and tensor.dtype in HALVES else tensor


def distance(found, expected):
    """Largest difference, relative to the largest value where that is above 1; NaN equals NaN alone."""
    found, expected = found.double().cpu(), expected.double().cpu()
    if found.shape != expected.shape:
        return INF
    same = (found == expected) | (found.isnan() & expected.isnan())
    if bool(same.all()):
        return 0.0
    off = torch.where(same, torch.zeros_like(found), (found - expected).abs())
    if bool(off.isnan().any()):
        return INF
    return float(off.max()) / max(1.0, float(expected.nan_to_num(0, 0, 0).abs().max()))


def with_gradients(operator, tensors, device, grad=None):
    """The operator's output on a device and, for a gradient of it (None: drawn), those of all tensors that are not None."""
    leaves = [None if tensor is None else tensor.detach().to(device).requires_grad_() for tensor in tensors]
    output = operator(*leaves)
    if grad is None:
        grad = uniform(generator(), -1, 1, *output.shape).to(device, output.dtype)
    return [output.detach(), *torch.autograd.grad(output, [leaf for leaf in leaves if leaf is not None], grad)]


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


def check_roi_align(run):
    draw = generator()
    cases = [("drawn", (2, 37, 25, 30), drawn_rois(draw, 200, 2, 28, padding=False)), ("hostile", (1, 36, 9, 9), hostile_rois()),
             ("with padding", (2, 37, 25, 30), drawn_rois(draw, 200, 2, 28)), ("one pixel", (1, 4, 1, 1), hostile_rois()),
             ("no RoIs", (2, 3, 8, 8), torch.zeros(0, 5)), ("padding alone", (2, 3, 8, 8), torch.full((300, 5), -1.0))]
    for name, shape, rois in cases[:2] if run.few else cases:
        for dtype in run.types(torch.float32, torch.float64, *HALVES):
            for layout, image in layouts(uniform(draw, -1, 1, *shape).to(dtype)):
                found, expected, theirs = [], [], []
                for ratio, aligned in ((2, True), (0, True), (0, False)):
                    settings, on_device = (0.5, 7, 7, ratio, aligned), rois.to(run.device)
                    found += with_gradients(lambda map: run.ours.roi_align(map, on_device, *settings), [image], run.device)
                    expected += with_gradients(lambda map: run.cpu.roi_align(map, rois, *settings), [wide(image)], "cpu")
                    # torchvision's reads outside of the map where an index or a corner is hostile.
                    if name == "drawn" and not run.few:
                        boxes = on_device.to(wide(image).dtype)
                        theirs += with_gradients(lambda map: torchvision.ops.roi_align(map, boxes, (7, 7), 0.5, ratio, aligned), [wide(image)], run.device)
                run.off(f"roi_align {name}{layout}", dtype, found, expected, theirs)
    nowhere = run.ours.roi_align(torch.ones(2, 3, 8, 8, device=run.device), torch.tensor([[2.0, 0, 0, 5, 5], [NAN, 0, 0, 5, 5]], device=run.device), 1.0, 7, 7)
    run.table.check("roi_align of an image that is not there", bool(nowhere.isnan().all()), "NaN")


def crowd(draw, count, extent, side):
    corner = uniform(draw, 0, extent, count, 2)
    return torch.cat([corner, corner + uniform(draw, 0, side, count, 2)], 1)


def check_nms(run):
    draw = generator()
    hostile = crowd(draw, 300, 60, 40)
    hostile[torch.randint(0, 300, (60,), generator=draw), torch.randint(0, 4, (60,), generator=draw)] = NAN
    hostile[torch.randint(0, 300, (60,), generator=draw), torch.randint(0, 4, (60,), generator=draw)] = INF
    cases = [("300 hostile", hostile, torch.rand(300, generator=draw), 3), ("no boxes", torch.zeros(0, 4), torch.zeros(0), 1),
             ("one box", crowd(draw, 1, 9, 9), torch.rand(1, generator=draw), 1),
             ("2000 equal scores", crowd(draw, 2000, 300, 60), torch.full((2000,), 0.5), 1),
             ("3000 of 40 groups", crowd(draw, 3000, 200, 60), torch.rand(3000, generator=draw), 40)]
    for name, boxes, scores, count in cases[:1] if run.few else cases:
        groups = torch.randint(-1, count, (len(boxes),), generator=draw)
        for dtype in run.types(torch.float32, *HALVES):
            given = boxes.to(dtype), scores.to(dtype), groups
            ours, cpu = [tensor.to(run.device) for tensor in given], [wide(tensor) for tensor in given]
            good = True
            for settings in ((0.5, 0.0, False), (0.7, 1.0, True), (0.0, 0.0, True)):
                for operator, tensors in (("nms", 2), ("batched_nms", 3), ("nms_keep", 3)):
                    found = getattr(run.ours, operator)(*ours[:tensors], *settings).cpu()
                    good &= torch.equal(found, getattr(run.cpu, operator)(*cpu[:tensors], *settings))
            # torchvision's on the CPU: on a GPU it fuses products and sums, so that an IoU at the threshold may fall on its other side.
            good &= torch.equal(run.ours.nms(*ours[:2], 0.5).cpu(), torchvision.ops.nms(*cpu[:2], 0.5))
            run.table.check(f"nms {name} {str(dtype)[6:]}", good, "the same boxes, and torchvision's")


def deform_arguments(draw, groups=1, offset_groups=1):
    image, weight = uniform(draw, -1, 1, 2, 12, 17, 19), uniform(draw, -1, 1, 8, 12 // groups, 3, 3)
    offset, mask = uniform(draw, -3, 3, 2, 18 * offset_groups, 17, 19), uniform(draw, 0, 1, 2, 9 * offset_groups, 17, 19)
    return [image, weight, offset, mask, uniform(draw, -1, 1, 8)]


def check_deform_conv2d(run):
    draw = generator()
    for name, groups, offset_groups in (("1, 1", 1, 1), ("4, 3", 4, 3), ("no mask", 1, 1), ("hostile", 1, 1)):
        drawn = deform_arguments(draw, groups, offset_groups)
        if name == "no mask":
            drawn[3] = None
        if name == "hostile":
            drawn[2].view(-1)[:5000] *= 1e9
            drawn[2].view(-1)[5000:5003] = torch.tensor([INF, -INF, NAN])
        settings = 1, 1, 1, 1, 1, 1, groups, offset_groups
        for dtype in run.types(torch.float32, torch.float64, *HALVES):
            image, *rest = [None if tensor is None else tensor.to(dtype) for tensor in drawn]
            for layout, image in layouts(image):
                found = with_gradients(lambda *tensors: run.ours.deform_conv2d(*tensors, *settings), [image, *rest], run.device)
                tensors = [wide(tensor) for tensor in (image, *rest)]
                expected = with_gradients(lambda *tensors: run.cpu.deform_conv2d(*tensors, *settings), tensors, "cpu")
                theirs = []
                if name != "hostile" and not run.few:
                    theirs = with_gradients(
                        lambda map, weight, offset, mask, bias: torchvision.ops.deform_conv2d(map, offset, weight, bias, 1, 1, 1, mask), tensors, run.device)
                run.off(f"deform_conv2d {name}{layout}", dtype, found, expected, theirs)


def check_random_keys(run):
    ids = torch.tensor([0, -1, 139, 2**63 - 1, -(2**63)])
    good = all(torch.equal(run.ours.random_keys(ids.to(run.device), -7, 2**32 - 1, 255, count).cpu(), run.cpu.random_keys(ids, -7, 2**32 - 1, 255, count))
               for count in (0, 1, 4, 1026, 100000)[:4 if run.few else 5])
    run.table.check("random_keys", good, "the same bits as the CPU's")


def check_refusal(run):
    """A wrong argument is a sentence, not a fault of the device."""
    try:
        run.ours.roi_align(torch.ones(1, 1, 4, 4, device=run.device), torch.zeros(1, 5, device=run.device), 1.0, 0, 7)
        run.table.check("a wrong argument", False, "was taken")
    except RuntimeError as error:
        run.table.check("a wrong argument", "pooled_height" in str(error), str(error))


def step_calls(run):
    """name -> a call as a training step makes it: its results and gradients, of what is on the device already."""
    draw, device = generator(), run.device
    side = 50 if device == "cpu" else 200
    image, rois = uniform(draw, -1, 1, 2, 64, side, side), drawn_rois(draw, side * 5, 2, side).to(device)
    boxes, scores = crowd(draw, 2000, 300, 60).to(device), torch.rand(2000, generator=draw).to(device)
    groups, ids = torch.randint(-1, 5, (2000,), generator=draw).to(device), torch.arange(2, device=device)
    tensors = [tensor.to(device) for tensor in deform_arguments(draw)]
    of_pooled, of_output = uniform(draw, -1, 1, len(rois), 64, 7, 7).to(device), uniform(draw, -1, 1, 2, 8, 17, 19).to(device)
    calls = {}
    for layout, image in layouts(image.to(device)):
        calls[f"roi_align{layout}"] = lambda image=image: with_gradients(lambda map: run.ours.roi_align(map, rois, 1.0, 7, 7, 2), [image], device, of_pooled)
    calls["nms_keep"] = lambda: [run.ours.nms_keep(boxes, scores, groups, 0.5)]
    calls["random_keys"] = lambda: [run.ours.random_keys(ids, 1, 2, 3, 1000)]
    calls["deform_conv2d"] = lambda: with_gradients(lambda *leaves: run.ours.deform_conv2d(*leaves, 1, 1, 1, 1), tensors, device, of_output)
    return calls


def check_bits(run, repeats):
    """The same call again and again; on a CPU every second time with blocks and threads in the opposite order."""
    for name, call in step_calls(run).items():
        first, same = call(), True
        for i in range(1, repeats):
            if run.device == "cpu":
                run.ours.library.drcnn_shim_backwards(i % 2)
            same = same and all(map(torch.equal, first, call()))
        run.table.check(f"{name}: identical bits", same, f"{repeats} runs")


def check_waiting(run):
    """On a stream of its own a call returns while the device is still busy with what was before it, and gives what it gave."""
    if run.device == "cpu":
        return run.table.note("no call waits for the device", "not checked: there is no device")
    for name, call in step_calls(run).items():
        expected = call()
        torch.cuda.synchronize()
        with torch.cuda.stream(torch.cuda.Stream()):
            for _ in range(2):  # what a first call sets up and asks memory for may wait
                call()
            torch.cuda.synchronize()
            torch.cuda._sleep(1 << 30)  # ticks, about half a second
            before = torch.cuda.Event()
            before.record()
            found = call()
            busy = not before.query()
            torch.cuda.synchronize()
        off = max(map(distance, found, expected))
        run.table.check(f"{name} does not wait for the device", busy and off <= TOLERANCE[torch.float32], f"off by {off:.1e}" if busy else "it waited")


def check_results(run):
    for part in (check_roi_align, check_nms, check_deform_conv2d, check_random_keys):
        run.table.part(part.__name__, part, run)


def check(run, repeats):
    check_results(run)
    for part in (check_refusal, check_waiting):
        run.table.part(part.__name__, part, run)
    run.table.part(check_bits.__name__, check_bits, run, repeats)
