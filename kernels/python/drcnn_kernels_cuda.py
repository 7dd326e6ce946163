"""The CUDA half of kernels/include/drcnn_kernels.h over the tensors of a Python torch, of any version; the other half is drcnn_kernels.py.

Operators have the arguments of Kernels' and record their gradients. They run on the device and the stream that torch has for their tensors, and
nothing waits for them but the number of rows that nms and batched_nms return. Sorting and the matrix products are torch's. Nothing here is part
of the product.
"""
import contextlib
import ctypes
import os

import torch
from torch.autograd.function import once_differentiable

from drcnn_kernels import TYPES, DeformConv2d, Nms, RoIAlign, Suppression, address


class CudaKernels(Suppression):
    """libdrcnn_kernels_cuda, or libdrcnn_kernels_shim for tensors on the CPU."""

    def __init__(self, path):
        self.library = library = ctypes.CDLL(os.path.abspath(path))
        library.drcnn_cuda_error.restype = ctypes.c_char_p
        for name in ("roi_align_backward_scratch", "nms_keep_scratch", "deform_corner_count"):
            getattr(library, "drcnn_cuda_" + name).restype = ctypes.c_int64

    def number(self, name, call):
        """Bytes or a count that a call needs."""
        found = getattr(self.library, "drcnn_cuda_" + name)(ctypes.byref(call))
        if found < 0:
            raise RuntimeError(self.library.drcnn_cuda_error().decode())
        return found

    def scratch(self, name, call, tensor):
        return torch.empty(self.number(name + "_scratch", call), dtype=torch.uint8, device=tensor.device)

    def call(self, name, tensor, *arguments):
        """Where the tensor lies; the stream is the last argument of each function."""
        on_gpu = tensor.device.type == "cuda"
        with torch.cuda.device(tensor.device) if on_gpu else contextlib.nullcontext():
            stream = ctypes.c_void_p(torch.cuda.current_stream().cuda_stream if on_gpu else None)
            if getattr(self.library, "drcnn_cuda_" + name)(*arguments, stream) != 0:
                raise RuntimeError(self.library.drcnn_cuda_error().decode())

    def roi_align(self, image, rois, spatial_scale, pooled_height, pooled_width, sampling_ratio=0, aligned=True):
        return _RoIAlign.apply(self, image, rois, spatial_scale, pooled_height, pooled_width, sampling_ratio, aligned)

    def deform_conv2d(self, image, weight, offset, mask, bias, *options):
        """options: stride, padding and dilation of rows and columns, groups, offset groups; the last are 1 where missing."""
        return _DeformConv2d.apply(self, image, weight, offset, mask, bias, *options, *[1] * (8 - len(options)))

    def _keep(self, boxes, order, groups, iou_threshold, offset, suppress_equal):
        if groups is not None:
            groups, places = groups[order].sort(stable=True)
            order = order[places]
        boxes = (boxes.float() if boxes.dtype == torch.bfloat16 else boxes).contiguous()
        keep = torch.empty(len(boxes), dtype=torch.uint8, device=boxes.device)
        call = Nms(len(boxes), len(order), iou_threshold, offset, TYPES[boxes.dtype], suppress_equal)
        scratch = self.scratch("nms_keep", call, boxes)
        self.call("nms_keep", boxes, ctypes.byref(call), *map(address, (boxes, order, groups, keep, scratch)))
        return keep.bool()

    def nms_keep(self, boxes, scores, groups, iou_threshold, offset=0.0, suppress_equal=False):
        # How many rows are padding only the device knows: they are decided with the others and then left out, as groups share nothing.
        order = scores.sort(stable=True, descending=True)[1]
        return self._keep(boxes, order, groups, iou_threshold, offset, suppress_equal) & (groups >= 0)

    def random_keys(self, image_ids, seed, iteration, purpose, count):
        """iteration: a number, or int64 [1] beside the ids."""
        if not isinstance(iteration, torch.Tensor):
            iteration = torch.full((1,), iteration, device=image_ids.device)
        ids = image_ids.contiguous()
        keys = torch.empty(len(ids), count, dtype=torch.int64, device=ids.device)
        images, seed, purpose, count = (ctypes.c_int64(value) for value in (len(ids), seed, purpose, count))
        self.call("random_keys", ids, address(ids), images, seed, address(iteration), purpose, count, address(keys))
        return keys


class _RoIAlign(torch.autograd.Function):
    @staticmethod
    def forward(context, kernels, image, rois, spatial_scale, pooled_height, pooled_width, sampling_ratio, aligned):
        last = not image.is_contiguous() and image.is_contiguous(memory_format=torch.channels_last)
        image = image if last else image.contiguous()
        rois = rois.to(torch.float64 if image.dtype == torch.float64 else torch.float32).contiguous()
        call = RoIAlign(*image.shape, len(rois), pooled_height, pooled_width, sampling_ratio, spatial_scale, TYPES[image.dtype], aligned, last, 0)
        kernels.number("roi_align_backward_scratch", call)  # the numbers, before memory is asked for
        pooled = torch.empty(len(rois), image.shape[1], pooled_height, pooled_width, dtype=image.dtype, device=image.device)
        kernels.call("roi_align_forward", image, ctypes.byref(call), *map(address, (image, rois, pooled)))
        context.save_for_backward(rois)
        context.kernels, context.call, context.shape = kernels, call, image.shape
        return pooled

    @staticmethod
    @once_differentiable
    def backward(context, grad):
        (rois,) = context.saved_tensors
        kernels, call, grad = context.kernels, context.call, grad.contiguous()
        layout = torch.channels_last if call.channels_last else torch.contiguous_format
        of_image = torch.empty(context.shape, dtype=grad.dtype, device=grad.device, memory_format=layout)
        scratch = kernels.scratch("roi_align_backward", call, grad)
        kernels.call("roi_align_backward", grad, ctypes.byref(call), *map(address, (grad, rois, of_image, scratch)))
        return None, of_image, None, None, None, None, None, None


class _DeformConv2d(torch.autograd.Function):
    """Half types are computed in float32. The columns of all images are in memory at once."""

    @staticmethod
    def forward(context, kernels, image, weight, offset, mask, bias, *options):
        wide = torch.float64 if image.dtype == torch.float64 else torch.float32
        groups, (batch, channels, height, width) = options[6], image.shape
        context.types = [None if tensor is None else tensor.dtype for tensor in (image, weight, offset, mask, bias)]
        call = DeformConv2d(batch, channels, len(weight), height, width, *weight.shape[2:], *options, TYPES[wide])
        maps = image.to(wide).permute(0, 2, 3, 1).contiguous()  # [N, H, W, C]
        offset, mask = [None if tensor is None else tensor.to(wide).contiguous() for tensor in (offset, mask)]
        taps = weight.to(wide).permute(0, 2, 3, 1).reshape(groups, len(weight) // groups, -1)  # [G, O/G, K C/G]
        sums = torch.bmm(_columns(kernels, call, maps, offset, mask), taps.transpose(1, 2))  # [G, N H' W', O/G]
        if bias is not None:
            sums += bias.to(wide).view(groups, 1, -1)
        context.save_for_backward(maps, taps, offset, mask)
        context.kernels, context.call = kernels, call
        sums = sums.view(groups, batch, *offset.shape[2:], -1).permute(1, 0, 4, 2, 3)
        return sums.reshape(batch, len(weight), *offset.shape[2:]).to(image.dtype)

    @staticmethod
    @once_differentiable
    def backward(context, grad):
        kernels, call, (maps, taps, offset, mask) = context.kernels, context.call, context.saved_tensors
        groups, needs = call.groups, context.needs_input_grad[1:6]
        of_image = of_weight = of_offset = of_mask = of_bias = None
        rows = grad.to(maps.dtype).permute(0, 2, 3, 1).reshape(-1, groups, taps.shape[1])  # [N H' W', G, O/G]
        of_columns = torch.bmm(rows.transpose(0, 1), taps).contiguous()
        if needs[0]:
            of_image = _image_gradient(kernels, call, maps, offset, mask, of_columns).permute(0, 3, 1, 2)
        if needs[1]:
            of_weight = torch.bmm(rows.permute(1, 2, 0), _columns(kernels, call, maps, offset, mask))
            of_weight = of_weight.view(call.outputs, call.kernel_h, call.kernel_w, -1).permute(0, 3, 1, 2)
        if needs[2] or needs[3]:
            of_offset, of_mask = torch.empty_like(offset), None if mask is None else torch.empty_like(mask)
            kernels.call("deform_offset_gradient", maps, ctypes.byref(call), *map(address, (maps, offset, mask, of_columns, of_offset, of_mask)))
        if needs[4]:
            of_bias = grad.double().sum((0, 2, 3))
        found = zip((of_image, of_weight, of_offset, of_mask, of_bias), needs, context.types)
        return None, *[tensor.to(dtype) if need else None for tensor, need, dtype in found], *[None] * 8


def _columns(kernels, call, maps, offset, mask):
    """[G, N H' W', K C/G]."""
    rows, taps = len(maps) * offset.shape[2] * offset.shape[3], call.kernel_h * call.kernel_w
    columns = torch.empty(call.groups, rows, taps * call.channels // call.groups, dtype=maps.dtype, device=maps.device)
    kernels.call("deform_columns", maps, ctypes.byref(call), *map(address, (maps, offset, mask, columns)))
    return columns


def _image_gradient(kernels, call, maps, offset, mask, of_columns):
    """[N, H, W, C]."""
    count = kernels.number("deform_corner_count", call)
    pixels = torch.empty(count, dtype=torch.int32, device=maps.device)
    factors, of_maps = torch.empty(count, dtype=maps.dtype, device=maps.device), torch.empty_like(maps)
    kernels.call("deform_corners", maps, ctypes.byref(call), *map(address, (offset, mask, pixels, factors)))
    pixels, corners = pixels.sort(stable=True)
    kernels.call("deform_input_gradient", maps, ctypes.byref(call), *map(address, (pixels, corners, factors, of_columns, of_maps)))
    return of_maps
