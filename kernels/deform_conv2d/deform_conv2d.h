// Modulated deformable convolution (Zhu et al., Deformable ConvNets v2, 2019): a convolution whose taps look where a
// learned offset sends them, bilinearly, each value multiplied by a learned mask. Letters: N images, C channels, H x W
// map, O output channels, K = kernel_h * kernel_w taps, OH x OW output, G groups, D offset groups.
//
// Meaning as torchvision.ops.deform_conv2d (BSD 3-Clause, read, not copied):
// https://github.com/pytorch/vision/blob/main/torchvision/csrc/ops/cpu/deform_conv2d_kernel.cpp
// Tap k = row * kernel_w + column of offset group d looks at
//   (y, x) = output * stride - pad + tap * dilation + (offset[2 (d K + k)], offset[2 (d K + k) + 1]);
// a pixel outside the map counts as 0. A position at NaN or infinity is outside: it adds 0 and has no gradient but the
// mask's, which is 0.
#pragma once

#include "../../torch_c/compat.h"

namespace drcnn {

struct DeformConvOptions {
  int64_t stride_h, stride_w, pad_h, pad_w, dil_h, dil_w;
  int64_t groups;         ///< G of the convolution, as in any convolution
  int64_t offset_groups;  ///< D: channels of one offset group share offsets and masks
};

/// input [N, C, H, W], weight [O, C/G, kernel_h, kernel_w], offset [N, 2 D K, OH, OW] as (y, x) pairs,
/// mask [N, D K, OH, OW] (none: all 1), bias [O] (none: 0) -> [N, O, OH, OW]. All of one type: float32, float64 or
/// bfloat16, which is computed in float32.
at::Tensor deform_conv2d_cpu(
    const at::Tensor& input, const at::Tensor& weight, const at::Tensor& offset, const compat::optional_tensor& mask,
    const compat::optional_tensor& bias, int64_t stride_h, int64_t stride_w, int64_t pad_h, int64_t pad_w,
    int64_t dil_h, int64_t dil_w, int64_t groups, int64_t offset_groups);

using DeformConvGradients = std::tuple<at::Tensor, at::Tensor, at::Tensor, at::Tensor, at::Tensor>;

/// The gradients of input, weight, offset, mask and bias, in this order, from grad [N, O, OH, OW]. Undefined: one that
/// is not needed (a false needs_...). The same bits for any number of threads.
DeformConvGradients deform_conv2d_backward_cpu(
    const at::Tensor& grad, const at::Tensor& input, const at::Tensor& weight, const at::Tensor& offset,
    const compat::optional_tensor& mask, int64_t stride_h, int64_t stride_w, int64_t pad_h, int64_t pad_w,
    int64_t dil_h, int64_t dil_w, int64_t groups, int64_t offset_groups, bool needs_input, bool needs_weight,
    bool needs_offset, bool needs_bias);

}  // namespace drcnn
