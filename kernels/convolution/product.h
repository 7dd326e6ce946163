// The matrix product under all fast forms: kRows rows of the left side by up to kVectors vectors of the right are summed in registers.
// Each sum adds its products in the order of the inner dimension, fused where the processor can, as the BLAS and oneDNN do; every
// kInnerBlock of them are summed apart, so that what is read of the right side stays in the first-level cache while rows pass.
#pragma once

#include <algorithm>

#include "lanes.h"

namespace drcnn::conv::DRCNN_VERSION {

constexpr int64_t kRows = 6;
constexpr int64_t kVectors = DRCNN_VECTORS;
constexpr int64_t kPanel = kVectors * kLanes;  ///< columns of a panel, which lie together
constexpr int64_t kInnerBlock = 8192 / kPanel;

/// Rounded up; without a sum that a large divisor could make too large.
constexpr int64_t divided(int64_t count, int64_t by) { return count == 0 ? 0 : (count - 1) / by + 1; }
constexpr int64_t panels_of(int64_t columns) { return divided(columns, kPanel); }
constexpr int64_t row_blocks_of(int64_t rows) { return divided(rows, kRows); }

/// Sums of kRows rows and kV vectors.
template <int64_t kV>
struct Tile {
  Lanes sum[kRows][kV] = {};

  /// value_of(i, k): row i's k-th value; right: [inner, kPanel].
  template <typename Value>
  DRCNN_INLINE void add(int64_t inner, const Value& value_of, const float* right) {
    for (int64_t k = 0; k < inner; k++, right += kPanel) {
      Lanes column[kV];
      DRCNN_UNROLLED
      for (int64_t j = 0; j < kV; j++) load(right + j * kLanes, column[j]);
      DRCNN_UNROLLED
      for (int64_t i = 0; i < kRows; i++) {
        const float value = value_of(i, k);
        DRCNN_UNROLLED
        for (int64_t j = 0; j < kV; j++) sum[i][j] += value * column[j];
      }
    }
  }

  /// Adds what stands at `from`, rows `stride` apart.
  DRCNN_INLINE void add_from(const float* from, int64_t stride, int64_t rows) {
    DRCNN_UNROLLED
    for (int64_t i = 0; i < kRows; i++) {
      if (i >= rows) break;
      DRCNN_UNROLLED
      for (int64_t j = 0; j < kV; j++) {
        Lanes before;
        load(from + i * stride + j * kLanes, before);
        sum[i][j] = before + sum[i][j];
      }
    }
  }

  DRCNN_INLINE void put(float* to, int64_t stride, int64_t rows) const {
    DRCNN_UNROLLED
    for (int64_t i = 0; i < kRows; i++) {
      if (i >= rows) break;
      DRCNN_UNROLLED
      for (int64_t j = 0; j < kV; j++) store(sum[i][j], to + i * stride + j * kLanes);
    }
  }
};

/// Calls work.run<kV>() with as many vectors as hold so many columns of a panel.
template <typename Work>
DRCNN_INLINE void for_vectors(int64_t columns, const Work& work) {
  const int64_t vectors = std::min(divided(columns, kLanes), kVectors);
#if DRCNN_VECTORS > 2
  if (vectors == 4) return work.template run<4>();
  if (vectors == 3) return work.template run<3>();
#endif
  if (vectors == 2) return work.template run<2>();
  work.template run<1>();
}

/// The values of a block of kRows rows of a packed left side, [inner, kRows].
DRCNN_INLINE auto packed_values(const float* block) {
  return [block](int64_t i, int64_t k) __attribute__((always_inline)) { return block[k * kRows + i]; };
}

/// sums [rows, columns], rows `stride` apart, = left [rows, inner], rows `left_stride` apart, * right, panels of [inner, kPanel]; or are
/// added to what stands there. Columns up to the next whole vector are written. For one thread.
struct Product {
  const float* left;
  int64_t left_stride, rows, inner;
  const float* right;
  int64_t columns;
  float* sums;
  int64_t stride;
  bool adds = false;

  struct Panel {
    const Product& all;
    int64_t from, block;
    const float* right;
    float* sums;

    template <int64_t kV>
    DRCNN_INLINE void run() const {
      for (int64_t row = 0; row < all.rows; row += kRows) {
        const int64_t rows = std::min(kRows, all.rows - row);
        const float* left[kRows];  // rows past the end read the last one again
        DRCNN_UNROLLED
        for (int64_t i = 0; i < kRows; i++) left[i] = all.left + std::min(row + i, all.rows - 1) * all.left_stride + from;
        Tile<kV> tile;
        tile.add(block, [&](int64_t i, int64_t k) __attribute__((always_inline)) { return left[i][k]; }, right);
        if (from > 0 || all.adds) tile.add_from(sums + row * all.stride, all.stride, rows);
        tile.put(sums + row * all.stride, all.stride, rows);
      }
    }
  };

  DRCNN_INLINE void run() const {
    for (int64_t from = 0; from < inner; from += kInnerBlock) {
      const int64_t block = std::min(kInnerBlock, inner - from);
      for (int64_t column = 0; column < columns; column += kPanel) {
        for_vectors(columns - column, Panel{*this, from, block, right + column * inner + from * kPanel, sums + column});
      }
    }
  }
};

/// A weight's values at (output, channel, tap), and the taps that are used, in order.
struct Weight {
  const float* data;
  int64_t output_stride, channel_stride, outputs, channels, taps;
  const int64_t* tap;

  int64_t inner() const { return channels * taps; }
};

/// Blocks [first, last) of rows of a weight as a left side [outputs, channels taps]; rows past the end are 0.
inline void pack_weight(const Weight& weight, int64_t first, int64_t last, float* packed) {
  for (int64_t block = first; block < last; block++) {
    const int64_t here = std::min(kRows, weight.outputs - block * kRows);
    const float* from = weight.data + block * kRows * weight.output_stride;
    float* __restrict to = packed + block * kRows * weight.inner();
    for (int64_t c = 0; c < weight.channels; c++, from += weight.channel_stride) {
      for (int64_t t = 0; t < weight.taps; t++, to += kRows) {
        const float* value = from + weight.tap[t];
        for (int64_t i = 0; i < kRows; i++) to[i] = i < here ? value[i * weight.output_stride] : 0.f;
      }
    }
  }
}

}  // namespace drcnn::conv::DRCNN_VERSION
