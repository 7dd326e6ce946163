// The matrix product of both ways: between Winograd's transforms, and of a 1x1 convolution.
#pragma once

#include <cstdint>

namespace drcnn::conv {

constexpr int64_t kPanel = 16;      ///< columns of a panel, which lie together
constexpr int64_t kOutputRows = 6;  ///< rows that are summed together
constexpr int64_t kOutputBlock = 96;  ///< rows that a task multiplies at a time

/// sums [rows, panels * kPanel] = left [rows, inner] * right, where right is panels of [inner, kPanel]. For one thread; each
/// sum adds its products in the order of inner, in blocks, fused where the processor can, as the BLAS and oneDNN do.
void multiply(
    int64_t rows, int64_t inner, int64_t panels, const float* left, const float* right, float* sums,
    int64_t sums_stride);

}  // namespace drcnn::conv
