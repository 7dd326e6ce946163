"""kernels/include/drcnn_kernels.h over the tensors of a Python torch, of any version: what the tests and the benchmarks compare with.

Operators have torchvision's order of arguments where it has them, record their gradients, and raise RuntimeError with the library's
sentence. Tensors lie on the CPU. Nothing here is part of the product.
"""
import ctypes
import os
import subprocess
import tempfile

import torch
from torch.autograd.function import once_differentiable

VERSION = 3
TYPES = {torch.float16: 5, torch.float32: 6, torch.float64: 7, torch.bfloat16: 15}


def record(name, longs, rest):
    return type(name, (ctypes.Structure,), {"_fields_": [(field, ctypes.c_int64) for field in longs.split()] + rest})


INT = ctypes.c_int32
RoIAlign = record("RoIAlign", "batch channels height width rois pooled_height pooled_width sampling_ratio", [
    ("spatial_scale", ctypes.c_double), ("type", INT), ("aligned", INT), ("channels_last", INT), ("keep_padding", INT)])
Nms = record("Nms", "boxes places", [("iou_threshold", ctypes.c_double), ("offset", ctypes.c_double), ("type", INT), ("suppress_equal", INT)])
Convolution = record("Convolution", "batch channels outputs height width kernel stride", [("type", INT), ("relu", INT)])
DeformConv2d = record(
    "DeformConv2d",
    "batch channels outputs height width kernel_h kernel_w stride_h stride_w pad_h pad_w dil_h dil_w groups offset_groups", [("type", INT)])


def address(tensor):
    return ctypes.c_void_p(None if tensor is None else tensor.data_ptr())


def openmp():
    """The functions of threads.cpp."""
    folder = tempfile.mkdtemp()
    made = os.path.join(folder, "threads.so")
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "threads.cpp")
    subprocess.run(["g++", "-O2", "-fopenmp", "-shared", "-fPIC", source, "-o", made], check=True)
    library = ctypes.CDLL(made)
    os.remove(made)
    os.rmdir(folder)
    return library


class Suppression:
    """What the libraries for CPU and GPU have in common: _keep says which rows stay."""

    def nms(self, boxes, scores, iou_threshold, offset=0.0, suppress_equal=False):
        return self.batched_nms(boxes, scores, None, iou_threshold, offset, suppress_equal)

    def batched_nms(self, boxes, scores, groups, iou_threshold, offset=0.0, suppress_equal=False):
        order = scores.sort(stable=True, descending=True)[1]
        return order[self._keep(boxes, order, groups, iou_threshold, offset, suppress_equal)[order]]


class Kernels(Suppression):
    """libdrcnn_kernels. threads: OpenMP's, as many as torch has; otherwise one."""

    def __init__(self, path, threads=True):
        self.library = library = ctypes.CDLL(os.path.abspath(path))
        library.drcnn_kernels_error.restype = library.drcnn_kernels_isa.restype = ctypes.c_char_p
        if library.drcnn_kernels_version() != VERSION:
            raise RuntimeError(f"{path} is version {library.drcnn_kernels_version()}, expected {VERSION}")
        if threads:
            self.threads = openmp()
            library.drcnn_kernels_use_threads(self.threads.share, self.threads.count)

    def call(self, name, *arguments):
        if getattr(self.library, "drcnn_" + name)(*arguments) != 0:
            raise RuntimeError(self.library.drcnn_kernels_error().decode())

    @property
    def instruction_set(self):
        name = self.library.drcnn_kernels_isa()
        if name is None:
            raise RuntimeError(self.library.drcnn_kernels_error().decode())
        return name.decode()

    def roi_align(self, image, rois, spatial_scale, pooled_height, pooled_width, sampling_ratio=0, aligned=True):
        return _RoIAlign.apply(self, image, rois, spatial_scale, pooled_height, pooled_width, sampling_ratio, aligned)

    def convolution(self, image, weight, bias=None, residual=None, stride=1, relu=False):
        return _Convolution.apply(self, image, weight, bias, residual, stride, relu)

    def deform_conv2d(self, image, weight, offset, mask, bias, *options):
        """options: stride, padding and dilation of rows and columns, groups, offset groups; the last are 1 where missing."""
        return _DeformConv2d.apply(self, image, weight, offset, mask, bias, *options, *[1] * (8 - len(options)))

    def _keep(self, boxes, order, groups, iou_threshold, offset, suppress_equal):
        if groups is not None:
            groups, places = groups[order].sort(stable=True)
            order = order[places]
        boxes, order = boxes.contiguous(), order.contiguous()
        keep = torch.empty(len(boxes), dtype=torch.uint8)
        call = Nms(len(boxes), len(order), iou_threshold, offset, TYPES[boxes.dtype], suppress_equal)
        self.call("nms_keep", ctypes.byref(call), address(boxes), address(order), address(groups), address(keep))
        return keep.bool()

    def nms_keep(self, boxes, scores, groups, iou_threshold, offset=0.0, suppress_equal=False):
        order = scores.sort(stable=True, descending=True)[1]
        return self._keep(boxes, order[groups[order] >= 0], groups, iou_threshold, offset, suppress_equal)

    def random_keys(self, image_ids, seed, iteration, purpose, count):
        ids = image_ids.contiguous()
        keys = torch.empty(len(ids), count, dtype=torch.int64)
        images, seed, purpose, count = (ctypes.c_int64(value) for value in (len(ids), seed, purpose, count))
        when = torch.tensor([iteration])
        self.call("random_keys", address(ids), images, seed, address(when), purpose, count, address(keys))
        return keys


class _RoIAlign(torch.autograd.Function):
    @staticmethod
    def forward(context, kernels, image, rois, spatial_scale, pooled_height, pooled_width, sampling_ratio, aligned):
        last = not image.is_contiguous() and image.is_contiguous(memory_format=torch.channels_last)
        image = image if last else image.contiguous()
        rois = rois.to(torch.float64 if image.dtype == torch.float64 else torch.float32).contiguous()
        call = RoIAlign(*image.shape, len(rois), pooled_height, pooled_width, sampling_ratio, spatial_scale, TYPES[image.dtype], aligned, last, 0)
        pooled = torch.empty(len(rois), image.shape[1], pooled_height, pooled_width, dtype=image.dtype)
        kernels.call("roi_align_forward", ctypes.byref(call), address(image), address(rois), address(pooled))
        context.save_for_backward(rois)
        context.kernels, context.call, context.shape = kernels, call, image.shape
        return pooled

    @staticmethod
    @once_differentiable
    def backward(context, grad):
        (rois,) = context.saved_tensors
        context.call.channels_last = 0
        grad = grad.contiguous()
        of_image = torch.empty(context.shape, dtype=grad.dtype)
        context.kernels.call("roi_align_backward", ctypes.byref(context.call), address(grad), address(rois), address(of_image))
        return None, of_image, None, None, None, None, None, None


class _Convolution(torch.autograd.Function):
    @staticmethod
    def forward(context, kernels, image, weight, bias, residual, stride, relu):
        image, weight = image.contiguous(), weight.contiguous()
        outputs, _, kernel, _ = weight.shape
        batch, channels, height, width = image.shape
        call = Convolution(batch, channels, outputs, height, width, kernel, stride, TYPES[image.dtype], relu)
        output = torch.empty(batch, outputs, -(-height // stride), -(-width // stride), dtype=image.dtype)
        given = [None if tensor is None else tensor.contiguous() for tensor in (bias, residual)]
        kernels.call("convolution_forward", ctypes.byref(call), address(image), address(weight), None, *map(address, given), address(output))
        context.save_for_backward(image, weight, output)
        context.kernels, context.call, context.has = kernels, call, [tensor is not None for tensor in given]
        return output

    @staticmethod
    @once_differentiable
    def backward(context, grad):
        image, weight, output = context.saved_tensors
        call, run = ctypes.byref(context.call), context.kernels.call
        grad = grad.contiguous()
        if context.call.relu:
            sums = torch.empty_like(grad)
            run("convolution_relu_gradient", call, address(grad), address(output), address(sums))
            grad = sums
        gradients = [None] * 4
        needs = context.needs_input_grad[1:5]
        if needs[0]:
            gradients[0] = torch.empty_like(image)
            run("convolution_input_gradient", call, address(grad), address(weight), address(gradients[0]))
        if needs[1]:
            gradients[1] = torch.empty_like(weight)
            run("convolution_weight_gradient", call, address(image), address(grad), address(gradients[1]))
        if needs[2]:
            gradients[2] = torch.empty(len(weight), dtype=grad.dtype)
            run("convolution_bias_gradient", call, address(grad), address(gradients[2]))
        if needs[3]:
            gradients[3] = grad
        return None, *gradients, None, None


class _DeformConv2d(torch.autograd.Function):
    @staticmethod
    def forward(context, kernels, image, weight, offset, mask, bias, *options):
        tensors = [None if tensor is None else tensor.contiguous() for tensor in (image, weight, offset, mask, bias)]
        image, weight, offset, mask, bias = tensors
        batch, channels, height, width = image.shape
        call = DeformConv2d(batch, channels, len(weight), height, width, *weight.shape[2:], *options, TYPES[image.dtype])
        output = torch.empty(batch, len(weight), *offset.shape[2:], dtype=image.dtype)
        kernels.call("deform_conv2d_forward", ctypes.byref(call), *map(address, tensors), address(output))
        context.save_for_backward(image, weight, offset, mask)
        context.kernels, context.call = kernels, call
        return output

    @staticmethod
    @once_differentiable
    def backward(context, grad):
        saved = context.saved_tensors
        image, weight, offset, mask = saved
        grad = grad.contiguous()
        needs = context.needs_input_grad[1:6]
        like = [image, weight, offset, mask, torch.empty(len(weight), dtype=grad.dtype)]
        gradients = [torch.empty_like(tensor) if need else None for tensor, need in zip(like, needs)]
        context.kernels.call("deform_conv2d_backward", ctypes.byref(context.call), address(grad), *map(address, saved), *map(address, gradients))
        return None, *gradients, *[None] * 8
