"""Compares the kernels of libdrcnn_kernels.so with torchvision's in one process, on random and on hostile inputs.

    python3 parity.py LIBRARY (roi_align | deform_conv2d | nms)

Prints one line a case and exits with the number of cases that differ (at most 100). Tolerances are the project's:
RoIAlign forward 1e-6 and gradient 1e-5, absolute for values of size 1; deformable convolution 1e-5 of the largest value
of each tensor, forward and gradients; NMS exactly.
"""
import os
import sys

import torch
import torchvision

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "kernels", "python"))
from drcnn_kernels import Kernels  # noqa: E402 (the folder first)

FORWARD, GRADIENT, DEFORM = 1e-6, 1e-5, 1e-5
failures = 0


def report(name, ok, detail):
    global failures
    failures += not ok
    print(f"{'ok  ' if ok else 'FAIL'} {name}: {detail}", flush=True)


def rois(generator, count, batch, size, kind):
    """[count, 5] boxes of one kind in image pixels of a square image."""
    uniform = lambda *shape: torch.rand(*shape, generator=generator)
    index = torch.randint(0, max(batch, 1), (count, 1), generator=generator).float()
    corner, side = uniform(count, 2) * size, uniform(count, 2) * size
    boxes = {
        "random": lambda: torch.cat([corner, corner + side * 0.4], 1),
        "large": lambda: torch.cat([corner * 0.1, corner * 0.1 + 0.5 * size + side * 0.5], 1),
        "outside": lambda: torch.cat([corner * 4 - 2 * size, corner * 4 - 2 * size + side], 1),
        "far outside": lambda: torch.cat([corner + 50 * size, corner + 51 * size], 1),
        "empty": lambda: torch.cat([corner, corner], 1),
        "inverted": lambda: torch.cat([corner + side, corner], 1),
        "on pixels": lambda: torch.cat([corner.round(), corner.round() + (side * 0.3).round()], 1),
        "whole image": lambda: torch.tensor([[0.0, 0.0, size, size]]).repeat(count, 1),
        "huge": lambda: torch.cat([corner - 3 * size, corner + 3 * size], 1),
        "tiny": lambda: torch.cat([corner, corner + 1e-6 * side], 1),
    }[kind]()
    return torch.cat([index, boxes], 1)


def roi_align():
    generator = torch.Generator().manual_seed(7)
    kinds = ["random", "large", "outside", "far outside", "empty", "inverted", "on pixels", "whole image", "huge", "tiny"]
    shapes = [(2, 5, 17, 23, 1.0), (1, 70, 20, 31, 0.25), (3, 16, 1, 9, 0.5), (1, 3, 1, 1, 1.0), (2, 0, 6, 6, 1.0)]
    for kind in kinds:
        for dtype in (torch.float32, torch.float64):
            for ratio in (2, 0, 3):
                for aligned in (True, False):
                    worst, worst_gradient, differing, differing_gradient = 0.0, 0.0, 0, 0
                    for batch, channels, height, width, scale in shapes:
                        for last in (False, True):
                            boxes = rois(generator, 12, batch, max(height, width) / scale, kind).to(dtype)
                            image = torch.randn(batch, channels, height, width, generator=generator).to(dtype)
                            if last and channels > 0:
                                image = image.contiguous(memory_format=torch.channels_last)
                            ours, theirs = image.clone().requires_grad_(), image.clone().requires_grad_()
                            a = kernels.roi_align(ours, boxes, scale, 7, 5, ratio, aligned)
                            b = torchvision.ops.roi_align(theirs, boxes, (7, 5), scale, ratio, aligned)
                            weight = torch.randn(b.shape, generator=generator).to(dtype)
                            a.backward(weight)
                            b.backward(weight)
                            if b.numel() == 0:
                                differing += a.shape != b.shape
                                continue
                            worst = max(worst, (a - b).abs().max().item())
                            differing += (a != b).sum().item()
                            difference = (ours.grad - theirs.grad).abs().max().item()
                            worst_gradient = max(worst_gradient, difference)
                            differing_gradient += (ours.grad != theirs.grad).sum().item()
                    name = f"roi_align {kind} {str(dtype)[6:]} ratio {ratio} aligned {aligned}"
                    detail = f"forward {worst:.1e} ({differing} values differ)"
                    detail += f", gradient {worst_gradient:.1e} ({differing_gradient} values differ)"
                    report(name, worst <= FORWARD and worst_gradient <= GRADIENT, detail)
    none = torch.empty(0, 5)
    image = torch.randn(2, 4, 8, 8, requires_grad=True)
    a = kernels.roi_align(image, none, 1.0, 7, 7, 2, True)
    a.sum().backward()
    b = torchvision.ops.roi_align(image, none, 7)
    report("roi_align no RoIs", a.shape == b.shape and not image.grad.any(), tuple(a.shape))


def deform_case(generator, kind, shape, dtype):
    """input, weight, offset, mask (None: none) and bias of one case."""
    batch, channels, outputs, height, width, kernel, stride, pad, dilation, groups, offset_groups, masked = shape
    normal = lambda *sides: torch.randn(*sides, generator=generator)
    sides = zip((height, width), pad, dilation, kernel, stride)
    out = [(side + 2 * p - d * (k - 1) - 1) // s + 1 for side, p, d, k, s in sides]
    taps = kernel[0] * kernel[1]
    offset = {
        "random": lambda sides: 2 * normal(*sides),
        "zero": lambda sides: torch.zeros(*sides),
        "on pixels": lambda sides: (2 * normal(*sides)).round(),
        "half pixels": lambda sides: (4 * normal(*sides)).round() / 2,
        "beyond the border": lambda sides: (height + width) / 2 * normal(*sides),
        "far outside": lambda sides: 1e6 * normal(*sides),
        # torchvision makes an integer of a position before it looks whether it is inside: not defined beyond 2^31.
        "a billion": lambda sides: 1e9 * normal(*sides).clamp(-1, 1),
    }[kind]((batch, 2 * offset_groups * taps, *out))
    mask = normal(batch, offset_groups * taps, *out) if masked else None
    image, weight = normal(batch, channels, height, width), normal(outputs, channels // groups, *kernel)
    tensors = [image, weight, offset, mask, normal(outputs)]
    return [None if tensor is None else tensor.to(dtype) for tensor in tensors]


def deform_conv2d():
    generator = torch.Generator().manual_seed(13)
    shapes = {
        "plain": (2, 5, 7, 9, 11, (3, 3), (1, 1), (1, 1), (1, 1), 1, 1, True),
        "no mask": (2, 5, 7, 9, 11, (3, 3), (1, 1), (1, 1), (1, 1), 1, 1, False),
        "stride 2": (1, 20, 33, 14, 13, (3, 3), (2, 2), (1, 1), (1, 1), 1, 1, True),
        "dilation": (1, 8, 4, 13, 17, (3, 3), (1, 1), (2, 2), (2, 2), 1, 1, True),
        "groups": (2, 12, 6, 8, 7, (3, 3), (1, 1), (1, 1), (1, 1), 3, 1, True),
        "offset groups": (2, 12, 6, 8, 7, (3, 3), (1, 1), (1, 1), (1, 1), 1, 4, True),
        "groups across offset groups": (2, 12, 6, 8, 7, (3, 3), (1, 1), (1, 1), (1, 1), 2, 3, True),
        "uneven": (3, 6, 5, 10, 6, (2, 5), (1, 2), (0, 3), (3, 1), 1, 2, True),
        "one pixel": (1, 3, 2, 1, 1, (1, 1), (1, 1), (0, 0), (1, 1), 1, 1, True),
        "many positions": (1, 4, 40, 41, 37, (3, 3), (1, 1), (1, 1), (1, 1), 1, 1, True),
        "no images": (0, 6, 5, 8, 7, (3, 3), (1, 1), (1, 1), (1, 1), 1, 1, True),
    }
    kinds = ["random", "zero", "on pixels", "half pixels", "beyond the border", "far outside", "a billion"]
    for kind in kinds:
        for name, shape in shapes.items():
            stride, pad, dilation, groups, offset_groups = shape[6:11]
            for dtype in (torch.float32, torch.float64):
                tensors = deform_case(generator, kind, shape, dtype)
                results = []
                for theirs in (False, True):
                    leaves = [None if t is None else t.clone().requires_grad_() for t in tensors]
                    image, weight, offset, mask, bias = leaves
                    if theirs:
                        output = torchvision.ops.deform_conv2d(image, offset, weight, bias, stride, pad, dilation, mask)
                    else:
                        output = kernels.deform_conv2d(
                            image, weight, offset, mask, bias, *stride, *pad, *dilation, groups, offset_groups
                        )
                    output.backward(torch.randn(output.shape, generator=torch.Generator().manual_seed(3)).to(dtype))
                    results.append([output.detach()] + [leaf.grad for leaf in leaves if leaf is not None])
                worst = 0.0
                for ours, theirs in zip(*results):
                    assert ours.shape == theirs.shape
                    if theirs.numel() > 0:
                        worst = max(worst, ((ours - theirs).abs().max() / theirs.abs().max().clamp(min=1)).item())
                label = f"deform_conv2d {kind}, {name}, {str(dtype)[6:]}"
                report(label, worst <= DEFORM, f"{worst:.1e} of the largest value")


def boxes_of(generator, count, kind, dtype):
    """[count, 4] boxes and their scores."""
    corner = torch.rand(count, 2, generator=generator) * 100
    side = torch.rand(count, 2, generator=generator) * 40
    boxes = torch.cat([corner, corner + side], 1)
    scores = torch.rand(count, generator=generator)
    if kind == "ties":
        boxes, scores = (boxes / 10).round() * 10, (scores * 3).round()
    elif kind == "grid":
        boxes = boxes.round()
    elif kind == "degenerate":
        boxes[::2, 2:] = boxes[::2, :2]
        boxes[::3, 2] = boxes[::3, 0] - 5
    elif kind == "equal boxes":
        boxes = boxes[:1].repeat(count, 1)
    elif kind == "inverted":
        boxes = boxes[:, [2, 3, 0, 1]]
    elif kind == "NaN":
        boxes[torch.rand(boxes.shape, generator=generator) < 0.2] = float("nan")
        scores[torch.rand(count, generator=generator) < 0.2] = float("nan")
    elif kind == "infinite":
        boxes[torch.rand(boxes.shape, generator=generator) < 0.2] = float("inf")
        boxes[torch.rand(boxes.shape, generator=generator) < 0.2] = -float("inf")
        scores[torch.rand(count, generator=generator) < 0.2] = -float("inf")
    elif kind == "huge":
        boxes *= 1e30
    elif kind == "zeros":
        boxes, scores = boxes * 0, scores * 0
    return boxes.to(dtype), scores.to(dtype)


def nms():
    generator = torch.Generator().manual_seed(11)
    kinds = ["random", "ties", "grid", "degenerate", "equal boxes", "inverted", "NaN", "infinite", "huge", "zeros"]
    thresholds = (-1.0, 0.0, 0.1, 0.25, 0.3, 1 / 3, 0.5, 0.7, 0.85, 1.0, 2.0)
    for kind in kinds:
        for dtype in (torch.float32, torch.float64):
            cases, wrong = 0, 0
            for count in (0, 1, 2, 7, 64, 300):
                if count == 0 and kind == "equal boxes":
                    continue
                for _ in range(3):
                    boxes, scores = boxes_of(generator, count, kind, dtype)
                    for threshold in thresholds:
                        a = kernels.nms(boxes, scores, threshold)
                        b = torch.ops.torchvision.nms(boxes, scores, threshold)
                        cases, wrong = cases + 1, wrong + (not torch.equal(a, b))
                        groups = torch.randint(-2, 4, (count,), generator=generator)
                        kept = torch.zeros(count, dtype=torch.bool)
                        for group in groups.unique():
                            rows = (groups == group).nonzero()[:, 0]
                            kept[rows[torch.ops.torchvision.nms(boxes[rows], scores[rows], threshold)]] = True
                        order = scores.sort(stable=True, descending=True)[1]
                        a = kernels.batched_nms(boxes, scores, groups, threshold)
                        cases, wrong = cases + 1, wrong + (not torch.equal(a, order[kept[order]]))
                        a = kernels.nms_keep(boxes, scores, groups, threshold)
                        cases, wrong = cases + 1, wrong + (not torch.equal(a, kept & (groups >= 0)))
            report(f"nms {kind} {str(dtype)[6:]}", wrong == 0, f"{wrong} of {cases} differ")


if __name__ == "__main__":
    torch.set_num_threads(2)
    kernels = Kernels(sys.argv[1])
    {"roi_align": roi_align, "deform_conv2d": deform_conv2d, "nms": nms}[sys.argv[2]]()
    sys.exit(min(failures, 100))
