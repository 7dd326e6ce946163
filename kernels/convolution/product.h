// The matrix product of both ways: between Winograd's transforms, and of a 1x1 convolution.
#pragma once

#include <cstdint>

namespace drcnn::conv {

constexpr int64_t kPanel = 16;      ///< columns of a panel, which lie together
constexpr int64_t kOutputRows = 6;  ///< rows that are summed together

constexpr int64_t panels_of(int64_t columns) { return columns == 0 ? 0 : (columns - 1) / kPanel + 1; }
constexpr int64_t row_blocks_of(int64_t rows) { return rows == 0 ? 0 : (rows - 1) / kOutputRows + 1; }

/// The left side of a product, [rows, inner].
struct Left {
  const float* data;
  bool packed;  ///< in blocks [inner, kOutputRows], rows past the end 0, instead of row after row

  /// What begins at a row, which begins a block.
  Left from(int64_t row, int64_t inner) const { return {data + row * inner, packed}; }
};

/// Blocks [first, last) of a left side whose values lie `row_stride` and `inner_stride` apart -> packed blocks.
void pack_rows(
    const float* rows, int64_t row_stride, int64_t inner_stride, int64_t row_count, int64_t inner, int64_t first,
    int64_t last, float* packed);

/// sums [rows, panels * kPanel] = left [rows, inner] * right, where right is panels of [inner, kPanel]. For one thread; each
/// sum adds its products in the order of inner, in blocks, fused where the processor can, as the BLAS and oneDNN do.
void multiply(
    int64_t rows, int64_t inner, int64_t panels, const Left& left, const float* right, float* sums,
    int64_t sums_stride);

}  // namespace drcnn::conv
