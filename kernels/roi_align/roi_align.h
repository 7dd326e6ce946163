// RoIAlign (He et al., Mask R-CNN, 2017, section 3): each RoI's features as a grid of bins, each bin the mean of
// bilinear samples. Letters: N images, C channels, H x W map, R RoIs.
//
// Meaning, down to the bits on the CPU, as torchvision.ops.roi_align (BSD 3-Clause, read, not copied):
// https://github.com/pytorch/vision/blob/main/torchvision/csrc/ops/cpu/roi_align_kernel.cpp
// with these additions:
// - a RoI whose image index is negative is a padding row: its output is 0 and it has no gradient; an index that is NaN
//   or not below N is an error;
// - a sample at a NaN coordinate counts as outside the map (it adds 0);
// - adaptive sampling takes at most kMaxSamplesPerBin samples per axis of a bin, so a box of any size ends soon.
#pragma once

#include <ATen/core/Tensor.h>

#include "geometry.h"

namespace drcnn {

/// input [N, C, H, W] float32, float64 or bfloat16, rois [R, 5] of any of them -> [R, C, pooled_height, pooled_width]
/// in input's type. bfloat16 is computed in float32.
at::Tensor roi_align_cpu(
    const at::Tensor& input, const at::Tensor& rois, double spatial_scale, int64_t pooled_height, int64_t pooled_width,
    int64_t sampling_ratio, bool aligned);

/// The same into rows of pooled, [R, C, pooled_height, pooled_width], which padding rows leave as they are. Not recorded.
void roi_align_into_cpu(
    at::Tensor& pooled, const at::Tensor& input, const at::Tensor& rois, double spatial_scale, int64_t sampling_ratio,
    bool aligned);

/// The gradient with respect to input, [batch, channels, height, width] in grad's type, summed in float32 or wider in
/// the order of the RoIs, bins and samples: the same bits for any number of threads. channels_last asks for the layout
/// of a channels-last input; the CPU's result is channels-first whatever it says.
at::Tensor roi_align_backward_cpu(
    const at::Tensor& grad, const at::Tensor& rois, double spatial_scale, int64_t pooled_height, int64_t pooled_width,
    int64_t batch, int64_t channels, int64_t height, int64_t width, int64_t sampling_ratio, bool aligned,
    bool channels_last);

}  // namespace drcnn
