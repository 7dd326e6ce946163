// A convolution padded by half its kernel, plus a bias and a residual, with a ReLU behind it: what a detector's layers are
// made of, in one pass over the outputs. Letters: N images, C input channels, O output channels, H x W map.
//
// Float32 on the CPU has two ways of its own, everything else is at::conv2d:
//   3x3 of stride 1   Winograd's minimal filtering (Winograd 1980; Lavin and Gray, Fast Algorithms for Convolutional Neural
//                     Networks, 2016), 36 products for 4 x 4 outputs instead of 144, where the size repays the transforms.
//                     Against float64 the error at 256 channels is 1.4e-6 of the outputs' standard deviation, that of
//                     oneDNN's direct convolution 8.5e-7.
//   1x1               a matrix product on the maps as they lie, which oneDNN reorders before and after.
// The same bits for any number of threads.
#pragma once

#include "../../torch_c/compat.h"
#include "finish.h"

namespace drcnn {

/// input [N, C, H, W], weight [O, C, k, k] with odd k, bias [O] (none: 0), residual as the output (none: 0), scale [O] of each
/// output's weight (none: 1) -> [N, O, ceil(H / stride), ceil(W / stride)], with negative outputs set to 0 if relu.
at::Tensor convolution(
    const at::Tensor& input, const at::Tensor& weight, const compat::optional_tensor& bias,
    const compat::optional_tensor& residual, int64_t stride, bool relu, const compat::optional_tensor& scale);

namespace conv {

/// Whether a 3x3 convolution of stride 1 takes less time by Winograd's algorithm than directly.
bool winograd_repays(int64_t batch, int64_t channels, int64_t outputs, int64_t height, int64_t width);

/// Whether a 1x1 convolution takes less time here than in oneDNN, which has AVX-512.
bool pointwise_repays();

// Of contiguous float32 CPU tensors. The gradients are the input's, [N, O, H', W'] -> [N, C, H, W], of stride 1.
at::Tensor winograd(const at::Tensor& input, const at::Tensor& weight, const Finish& finish);
at::Tensor winograd_gradient(const at::Tensor& grad, const at::Tensor& weight);
at::Tensor pointwise(const at::Tensor& input, const at::Tensor& weight, int64_t stride, const Finish& finish);
at::Tensor pointwise_gradient(const at::Tensor& grad, const at::Tensor& weight);

}  // namespace conv
}  // namespace drcnn
