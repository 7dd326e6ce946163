"""Times of our CUDA operators and torchvision's on one device, in turn."""
import statistics
import time

import torch
import torchvision

from operators import crowd, generator, uniform


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


def pyramid_rois(draw, images, rois_each, height, width):
    """[R, 5] RoIs and the level (2 to 5) that a detector deals each to."""
    count = images * rois_each
    side = 16 * 40 ** torch.rand(count, generator=draw) * height / 800
    aspect = 2 ** (torch.rand(count, generator=draw) - 0.5)
    size = torch.stack([side * aspect, side / aspect], 1)
    corner = torch.rand(count, 2, generator=draw) * (torch.tensor([width, height]) - size).clamp(min=0)
    rois = torch.cat([(torch.arange(count) % images)[:, None], corner, corner + size], 1)
    return rois, (4 + (side * 800 / height / 224).log2()).floor().clamp(2, 5)


def measure_roi_align(table, ours, device, rounds):
    """2 x 512 RoIs of 256 channels on the four levels of an 800 x 1344 pyramid."""
    draw = generator()
    images, rois_each, channels, height, width = (2, 512, 256, 800, 1344) if device == "cuda" else (2, 16, 8, 100, 168)
    rois, level = pyramid_rois(draw, images, rois_each, height, width)
    for dtype in (torch.float32, torch.bfloat16):
        for last in (False, True):
            layout = torch.channels_last if last else torch.contiguous_format
            levels = []
            for index, stride in enumerate((4, 8, 16, 32)):
                here = rois[level == index + 2].to(device)
                image = uniform(draw, -1, 1, images, channels, height // stride, width // stride).to(device, dtype)
                grad = uniform(draw, -1, 1, len(here), channels, 7, 7).to(device, dtype)
                laid = image.contiguous(memory_format=layout)
                levels.append((image.requires_grad_(), laid.detach().requires_grad_(), here, grad, 1 / stride))

            def mine():
                for _, laid, here, grad, scale in levels:
                    torch.autograd.grad(ours.roi_align(laid, here, scale, 7, 7, 2, True), laid, grad)

            def theirs():
                # torchvision's has neither channels-last nor bfloat16: under autocast it works on float32 copies.
                for image, _, here, grad, scale in levels:
                    torch.autograd.grad(torchvision.ops.roi_align(image.float(), here, (7, 7), scale, 2, True), image, grad.float())

            name = f"roi_align fwd + bwd, {len(rois)} RoIs, {channels} ch, {str(dtype)[6:]}{' last' if last else ''}"
            compare(table, name, mine, theirs, device, rounds, 2 if dtype == torch.float32 and not last else None)


def measure_nms(table, ours, device, rounds):
    draw = generator()
    for count in (1000, 4000) if device == "cuda" else (100,):
        boxes, scores = crowd(draw, count, 1000, 150).to(device), torch.rand(count, generator=draw).to(device)
        compare(table, f"nms {count} boxes", lambda: ours.nms(boxes, scores, 0.7), lambda: torchvision.ops.nms(boxes, scores, 0.7), device, rounds, 2)
    # The RPN's: two images, five levels.
    sizes = [2000, 2000, 2000, 2000, 819] if device == "cuda" else [50, 50]
    groups = torch.cat([torch.full((size,), k) for k, size in enumerate(sizes * 2)]).to(device)
    boxes, scores = crowd(draw, len(groups), 1000, 150).to(device), torch.rand(len(groups), generator=draw).to(device)
    compare(table, f"nms of 2 images with {len(sizes)} levels, {len(groups)} boxes", lambda: ours.nms_keep(boxes, scores, groups, 0.7),
            lambda: torchvision.ops.batched_nms(boxes, scores, groups, 0.7), device, rounds, 2)


def measure_deform_conv2d(table, ours, device, rounds):
    """A layer of a ResNet's third stage on two images of 800 x 1344, 3 x 3."""
    draw = generator()
    channels, height, width = (256, 50, 84) if device == "cuda" else (8, 10, 12)
    shapes = (2, channels, height, width), (channels, channels, 3, 3), (2, 18, height, width), (2, 9, height, width), (channels,)
    image, weight, offset, mask, bias = leaves = [uniform(draw, -1, 1, *shape).to(device).requires_grad_() for shape in shapes]
    grad = uniform(draw, -1, 1, 2, channels, height, width).to(device)
    compare(table, f"deform_conv2d fwd + bwd, {channels} ch, {height} x {width}",
            lambda: torch.autograd.grad(ours.deform_conv2d(*leaves, 1, 1, 1, 1), leaves, grad),
            lambda: torch.autograd.grad(torchvision.ops.deform_conv2d(image, offset, weight, bias, 1, 1, 1, mask), leaves, grad), device, rounds)


def measure(table, ours, device, rounds):
    for part in (measure_roi_align, measure_nms, measure_deform_conv2d):
        table.part(part.__name__, part, table, ours, device, rounds)
