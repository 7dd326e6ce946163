"""Times RoIAlign and the convolutions (forward and backward), NMS, the assigner and decoding of JPEG against torchvision's, alternating.

    python3 kernels/bench/operators.py [--threads N] [--repeats N] [--library artifacts/native/libdrcnn_kernels.so]

Each line: milliseconds of ours and of torchvision's (best of the repeats) and their ratio; below 1 ours is faster.
RoIAlign: 512 RoIs of 2 images of 800 x 1216 pixels, 256 channels, dealt to the four levels of a pyramid by their size
as a detector does (level = floor(4 + log2(sqrt(area) / 224))), pooled to 7 x 7; a line a level, then their sum.
Convolution: ResNet-50's and the pyramid's on an image of short side 320, with bias, against torch's, which is oneDNN.
Deformable convolution: the modulated 3x3 of ResNet's stages 3 to 5 on one such image, offsets of a standard deviation of 2.
"""
import argparse
import ctypes
import os
import subprocess
import sys
import tempfile
import time

import torch
import torchvision

from drawn_data import draw

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))
from drcnn_kernels import Kernels  # noqa: E402 (the folder first)

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
STRIDES = (4, 8, 16, 32)
HEIGHT, WIDTH, CHANNELS, ROIS = 800, 1216, 256, 512


def milliseconds(ours, theirs, repeats):
    """Best time of each, alternating, so that both meet the same disturbances."""
    best = [float("inf"), float("inf")]
    for _ in range(repeats):
        for which, call in enumerate((ours, theirs)):
            start = time.perf_counter()
            call()
            best[which] = min(best[which], 1e3 * (time.perf_counter() - start))
    return best


def line(name, ours, theirs):
    print(f"{name:38} {ours:9.2f} ms  torchvision {theirs:9.2f} ms  ratio {ours / theirs:.2f}", flush=True)


def proposals(generator):
    """[ROIS, 5]: sides spread evenly in the logarithm from 16 to 640 pixels, aspect 1:2 to 2:1."""
    side = 16 * 40 ** torch.rand(ROIS, generator=generator)
    aspect = 2 ** (torch.rand(ROIS, generator=generator) - 0.5)
    size = torch.stack([side * aspect, side / aspect], 1)
    corner = torch.rand(ROIS, 2, generator=generator) * (torch.tensor([WIDTH, HEIGHT]) - size)
    return torch.cat([(torch.arange(ROIS) % 2)[:, None], corner, corner + size], 1)


def roi_align(generator, repeats):
    rois = proposals(generator)
    sides = (rois[:, 3:] - rois[:, 1:3]).prod(1).sqrt()
    level = (4 + (sides / 224).log2()).floor().clamp(2, 5) - 2
    for ratio, aligned in ((2, False), (0, True)):
        total = [0.0, 0.0]
        for index, stride in enumerate(STRIDES):
            image = torch.randn(2, CHANNELS, HEIGHT // stride, WIDTH // stride, generator=generator).requires_grad_()
            here = rois[level == index]
            ours = lambda: kernels.roi_align(image, here, 1 / stride, 7, 7, ratio, aligned)
            theirs = lambda: torchvision.ops.roi_align(image, here, 7, 1 / stride, ratio, aligned)
            outputs = ours(), theirs()
            weight = torch.randn(outputs[0].shape, generator=generator)
            gradients = [
                lambda output=output: torch.autograd.grad(output, image, weight, retain_graph=True)
                for output in outputs
            ]
            forward, backward = milliseconds(ours, theirs, repeats), milliseconds(*gradients, repeats)
            both = [f + b for f, b in zip(forward, backward)]
            total = [t + b for t, b in zip(total, both)]
            name = f"roi_align ratio {ratio} stride {stride} R {len(here)}"
            line(name + " fwd", *forward)
            line(name + " bwd", *backward)
        line(f"roi_align ratio {ratio} all levels", *total)


def convolution(generator, repeats):
    for channels, outputs, height, width, kernel in (
        (256, 256, 80, 112, 3), (256, 256, 40, 56, 3), (256, 256, 20, 28, 3), (128, 128, 40, 56, 3), (64, 64, 80, 112, 3),
        (64, 256, 80, 112, 1), (512, 128, 40, 56, 1), (256, 1024, 20, 28, 1), (512, 2048, 10, 14, 1)
    ):
        image = torch.randn(1, channels, height, width, generator=generator).requires_grad_()
        weight = (torch.randn(outputs, channels, kernel, kernel, generator=generator) / channels).requires_grad_()
        bias = torch.randn(outputs, generator=generator)
        ours = lambda: kernels.convolution(image, weight, bias, None, 1, True)
        theirs = lambda: torch.conv2d(image, weight, bias, 1, kernel // 2).relu_()
        gradients = [
            lambda output=output: torch.autograd.grad(output.sum(), (image, weight), retain_graph=True)
            for output in (ours(), theirs())
        ]
        name = f"convolution {kernel}x{kernel} {channels}>{outputs} {height}x{width}"
        line(name + " fwd", *milliseconds(ours, theirs, repeats))
        line(name + " bwd", *milliseconds(*gradients, repeats))


def jpeg(generator, repeats, library):
    """A smooth image of 640 x 480; both decode it from memory to 8-bit RGB."""
    coarse = torch.rand(1, 3, 15, 20, generator=generator)
    smooth = torch.nn.functional.interpolate(coarse, (480, 640), mode="bicubic").clamp(0, 1)
    data = torchvision.io.encode_jpeg((255 * smooth[0]).to(torch.uint8), quality=90)
    pixels = torch.empty(480, 640, 3, dtype=torch.uint8)
    codec = ctypes.CDLL(os.path.abspath(library))
    sizes = [ctypes.c_int64(data.numel()), ctypes.c_int64(pixels.numel())]
    pointers = [ctypes.c_void_p(data.data_ptr()), ctypes.c_void_p(pixels.data_ptr())]
    ours = lambda: codec.drcnn_image_decode(pointers[0], sizes[0], pointers[1], sizes[1])
    if ours() != 0:
        raise SystemExit("drcnn_image_decode failed")
    line("JPEG 640 x 480", *milliseconds(ours, lambda: torchvision.io.decode_jpeg(data), 10 * repeats))


def assignment(repeats, threads):
    """The RPN's assigner on two images of 640 x 480 at short side 320, IoUs included; ours by the program, which answers a line with seconds."""
    strides = (4, 8, 16, 32, 64)
    generator = torchvision.models.detection.rpn.AnchorGenerator(tuple((8 * s,) for s in strides), ((0.5, 1.0, 2.0),) * 5)
    sides = [(-(-320 // s), -(-448 // s)) for s in strides]
    images = torchvision.models.detection.image_list.ImageList(torch.zeros(1, 3, 320, 448), [(320, 427)])
    anchors = generator(images, [torch.zeros(1, 1, *side) for side in sides])[0]
    matcher = torchvision.models.detection._utils.Matcher(0.7, 0.3, allow_low_quality_matches=True)
    for objects in (12, 100, 500, 2000):
        with tempfile.TemporaryDirectory() as folder:
            items = [item[1]["boxes"] * (320 / 480) for item in draw(folder, objects)]
            command = [os.path.join(ROOT, "drcnn"), "bench", "--serve", "--data", folder, "--preset", "bench-r18", "--mode", "assign",
                       "--short-side", "320", "--batch", "2", "--threads", str(threads), "--set", "model.backbone.frozenStages=0"]
            program = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

            def ours():
                program.stdin.write("step\n")
                return float(program.stdout.readline())

            def theirs():
                start = time.perf_counter()
                for boxes in items[:2]:
                    matcher(torchvision.ops.box_iou(boxes, anchors))
                return time.perf_counter() - start

            best = [1e3 * min(times) for times in zip(*[(ours(), theirs()) for _ in range(2 * repeats)])]
            line(f"assigner 2 x {len(anchors)} anchors, {objects} objects", *best)
            program.stdin.close()
            program.wait()


def deform_conv2d(generator, repeats):
    for channels, stride in ((128, 8), (256, 16), (512, 32)):
        sides = HEIGHT // stride, WIDTH // stride
        normal = lambda *shape: torch.randn(*shape, generator=generator).requires_grad_()
        image, weight = normal(1, channels, *sides), normal(channels, channels, 3, 3)
        offset, mask = (2 * normal(1, 18, *sides)).detach().requires_grad_(), normal(1, 9, *sides)
        ours = lambda: kernels.deform_conv2d(image, weight, offset, mask, None, 1, 1, 1, 1)
        theirs = lambda: torchvision.ops.deform_conv2d(image, offset, weight, padding=1, mask=mask)
        outputs = ours(), theirs()
        grad = torch.randn(outputs[0].shape, generator=generator)
        inputs = image, weight, offset, mask
        gradients = [
            lambda output=output: torch.autograd.grad(output, inputs, grad, retain_graph=True) for output in outputs
        ]
        line(f"deform_conv2d C {channels} stride {stride} fwd", *milliseconds(ours, theirs, repeats))
        line(f"deform_conv2d C {channels} stride {stride} bwd", *milliseconds(*gradients, repeats))


def nms(generator, repeats):
    for count in (2000, 8000):
        corner = torch.rand(count, 2, generator=generator) * torch.tensor([WIDTH, HEIGHT])
        boxes = torch.cat([corner, corner + 10 + 150 * torch.rand(count, 2, generator=generator)], 1)
        scores = torch.rand(count, generator=generator)
        for threshold in (0.5, 0.85):
            ours = lambda: kernels.nms(boxes, scores, threshold)
            theirs = lambda: torch.ops.torchvision.nms(boxes, scores, threshold)
            line(f"nms {count} boxes IoU {threshold}", *milliseconds(ours, theirs, repeats))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--library", default="artifacts/native/libdrcnn_kernels.so")
    parser.add_argument("--image-library", default="artifacts/native/libdrcnn_image.so")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    kernels = Kernels(arguments.library)
    print(f"{kernels.instruction_set}; torch {torch.__version__}, torchvision {torchvision.__version__}, {arguments.threads} threads")
    seeded = torch.Generator().manual_seed(1)
    roi_align(seeded, arguments.repeats)
    convolution(seeded, arguments.repeats)
    deform_conv2d(seeded, arguments.repeats)
    nms(seeded, arguments.repeats)
    assignment(arguments.repeats, arguments.threads)
    jpeg(seeded, arguments.repeats, arguments.image_library)
