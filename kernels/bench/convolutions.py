"""Every shape of convolution that a detector of ours has, against libtorch's: time, and the error against float64.

    python3 kernels/bench/convolutions.py [--threads N] [--repeats N] [--bfloat16] [--library artifacts/native/libdrcnn_kernels.so]

--bfloat16: ours of bfloat16 against ours of float32 instead; the errors are against float64 on the rounded numbers, so float32's are what rounding them
costs. Both in turn, the least time of each. DRCNN_CPU_ISA chooses our instruction set, ONEDNN_MAX_CPU_ISA oneDNN's.
"""
import argparse
import copy
import ctypes
import os
import sys
import time

import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))
from drcnn_kernels import Convolution, Kernels, address  # noqa: E402 (the folder first)

# batch, channels, outputs, height, width, kernel, stride: R50 with an FPN at side 320, then what other heads and maps add.
SHAPES = [
    (2, 3, 64, 320, 320, 7, 2), (2, 64, 64, 80, 80, 1, 1), (2, 64, 64, 80, 80, 3, 1), (2, 64, 256, 80, 80, 1, 1), (2, 256, 64, 80, 80, 1, 1),
    (2, 256, 128, 80, 80, 1, 1), (2, 128, 128, 80, 80, 3, 2), (2, 128, 128, 40, 40, 3, 1), (2, 256, 512, 80, 80, 1, 2), (2, 128, 512, 40, 40, 1, 1),
    (2, 512, 128, 40, 40, 1, 1), (2, 256, 256, 40, 40, 3, 2), (2, 256, 256, 20, 20, 3, 1), (2, 256, 1024, 20, 20, 1, 1), (2, 1024, 256, 20, 20, 1, 1),
    (2, 512, 1024, 40, 40, 1, 2), (2, 512, 512, 20, 20, 3, 2), (2, 512, 512, 10, 10, 3, 1), (2, 2048, 512, 10, 10, 1, 1),
    (2, 1024, 2048, 20, 20, 1, 2), (2, 256, 256, 80, 80, 3, 1), (2, 256, 256, 10, 10, 3, 1), (2, 256, 256, 5, 5, 3, 1), (2, 256, 3, 40, 40, 1, 1),
    (2, 256, 12, 40, 40, 1, 1), (2, 256, 15, 40, 40, 1, 1), (2, 256, 27, 20, 20, 3, 1), (1, 24, 24, 40, 56, 3, 1), (1, 40, 40, 40, 56, 3, 1),
    (1, 256, 256, 80, 112, 3, 1),
]


def error(found, exact):
    """Root of the mean square of the differences, over that of the exact values."""
    return float(((found.double() - exact).square().mean() / exact.square().mean()).sqrt())


class Shape:
    """One convolution, ours and libtorch's, with its gradients."""

    def __init__(self, kernels, sizes):
        batch, channels, outputs, height, width, kernel, stride = sizes
        self.kernels, self.call, self.stride, self.kernel = kernels, Convolution(*sizes, 6, 0), stride, kernel
        draw = torch.Generator().manual_seed(1)
        normal = lambda *shape: torch.randn(*shape, generator=draw)
        self.input, self.weight, self.bias = normal(batch, channels, height, width), normal(outputs, channels, kernel, kernel), normal(outputs)
        self.output = torch.empty(batch, outputs, -(-height // stride), -(-width // stride))
        self.grad = normal(*self.output.shape)
        self.grad_input, self.grad_weight = torch.empty_like(self.input), torch.empty_like(self.weight)

    def run(self, name, *tensors):
        self.kernels.call("convolution_" + name, ctypes.byref(self.call), *tensors)

    def ours(self):
        arguments = [address(tensor) for tensor in (self.input, self.weight, self.bias, self.output, self.grad, self.grad_input, self.grad_weight)]
        source, weight, bias, output, grad, grad_input, grad_weight = arguments
        return [lambda: self.run("forward", source, weight, None, bias, None, output), lambda: self.run("input_gradient", grad, weight, grad_input),
                lambda: self.run("weight_gradient", source, grad, grad_weight)]

    def theirs(self, wide=False):
        cast = torch.Tensor.double if wide else lambda tensor: tensor
        source, weight, bias, grad = (cast(tensor) for tensor in (self.input, self.weight, self.bias, self.grad))
        side, pad = [self.stride] * 2, [self.kernel // 2] * 2
        backward = lambda mask: torch.ops.aten.convolution_backward(grad, source, weight, None, side, pad, [1, 1], False, [0, 0], 1, mask)
        return [lambda: torch.conv2d(source, weight, bias, side, pad), lambda: backward([True, False, False])[0], lambda: backward([False, True, False])[1]]

    def errors(self):
        exact = [call() for call in self.theirs(wide=True)]
        return [(error(mine, right), error(call(), right))
                for mine, call, right in zip((self.output, self.grad_input, self.grad_weight), self.theirs(), exact)]


class RoundedShape(Shape):
    """One convolution of bfloat16, and the same of float32, both ours."""

    def __init__(self, kernels, sizes):
        super().__init__(kernels, sizes)
        self.single, self.call = Shape(kernels, sizes), Convolution(*sizes, 15, 0)
        self.input, self.grad = self.input.bfloat16(), self.grad.bfloat16()
        self.output, self.grad_input = self.output.bfloat16(), self.grad_input.bfloat16()

    def theirs(self):
        return self.single.ours()

    def errors(self):
        exact = Shape.theirs(self.rounded(), wide=True)
        names = ("output", "grad_input", "grad_weight")
        return [(error(getattr(self, name), right()), error(getattr(self.single, name), right())) for name, right in zip(names, exact)]

    def rounded(self):
        rounded = copy.copy(self)
        rounded.weight = self.weight.bfloat16()
        return rounded


def least(calls, repeats):
    """The least time of each, in turn."""
    times = [[] for _ in calls]
    for _ in range(repeats + 1):
        for call, of in zip(calls, times):
            start = time.perf_counter()
            call()
            of.append(time.perf_counter() - start)
    return [min(of[1:]) for of in times]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--bfloat16", action="store_true")
    parser.add_argument("--library", default="artifacts/native/libdrcnn_kernels.so")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    kernels = Kernels(options.library)
    theirs = "float32's" if options.bfloat16 else f"libtorch {torch.__version__}"
    print(f"ours: {kernels.instruction_set}; theirs: {theirs}; {options.threads} threads. ms ours / theirs = ratio, error ours / theirs")
    print(f"{'input, outputs, kernel, stride':38}" + "".join(f"{what:40}" for what in ("forward", "the input's gradient", "the weight's gradient")))
    totals = [[0.0, 0.0] for _ in range(3)]
    with torch.no_grad():
        for sizes in SHAPES:
            shape = (RoundedShape if options.bfloat16 else Shape)(kernels, sizes)
            times = [least(pair, options.repeats) for pair in zip(shape.ours(), shape.theirs())]
            for total, (ours, theirs) in zip(totals, times):
                total[0] += ours
                total[1] += theirs
            cells = [f"{1e3 * ours:7.2f} / {1e3 * theirs:7.2f} = {ours / theirs:4.2f}  {wrong:.1e} / {their:.1e}"
                     for (ours, theirs), (wrong, their) in zip(times, shape.errors())]
            name = f"{list(sizes[:2]) + list(sizes[3:5])} -> {sizes[2]}, {sizes[5]}, {sizes[6]}"
            print(f"{name:38}" + "".join(f"{cell:40}" for cell in cells), flush=True)
    print(f"{'all':38}" + "".join(f"{f'{1e3 * ours:7.1f} / {1e3 * theirs:7.1f} = {ours / theirs:4.2f}':40}" for ours, theirs in totals))


if __name__ == "__main__":
    main()
