// Blocked for the caches: 256 rows of a panel of `right` (16 KiB of float32) stay in the first-level cache while all
// rows of `left` pass; six rows by one panel are summed in registers.
#include "matrix_product.h"

#include <algorithm>
#include <cstring>

#include "../common/isa.h"

namespace drcnn::deform {
namespace {

constexpr int64_t kInnerBlock = 256;
constexpr int64_t kRows = 6;

template <typename T>
struct Vector {
  static constexpr int64_t kLanes = 32 / sizeof(T);
  typedef T type __attribute__((vector_size(32)));
};

/// The first `rows` rows of kRows: sums += left * panel, `columns` at most kPanel.
template <typename T>
DRCNN_INLINE void multiply_block(
    int64_t inner, const T* const* left, const T* panel, T* sums, int64_t sums_stride, int64_t rows, int64_t columns) {
  using V = typename Vector<T>::type;
  constexpr int64_t kLanes = Vector<T>::kLanes, kWidth = 2 * kLanes;
  for (int64_t first = 0; first < columns; first += kWidth, panel += kWidth) {
    V total[kRows][2] = {};
    const T* at = panel;
    for (int64_t k = 0; k < inner; k++, at += kPanel) {
      V low, high;
      std::memcpy(&low, at, sizeof(V));
      std::memcpy(&high, at + kLanes, sizeof(V));
      for (int64_t i = 0; i < kRows; i++) {
        const T value = left[i][k];
        total[i][0] += value * low;
        total[i][1] += value * high;
      }
    }
    const int64_t count = std::min(kWidth, columns - first);
    for (int64_t i = 0; i < kRows; i++) {
      T values[kWidth];
      std::memcpy(values, total[i], sizeof(values));
      if (i >= rows) continue;
      T* to = sums + i * sums_stride + first;
      for (int64_t c = 0; c < count; c++) to[c] += values[c];
    }
  }
}

template <typename T>
DRCNN_INLINE void multiply_all(
    int64_t rows, int64_t columns, int64_t inner, const T* left, int64_t left_stride, const T* right, T* sums,
    int64_t sums_stride) {
  for (int64_t from = 0; from < inner; from += kInnerBlock) {
    const int64_t block = std::min(kInnerBlock, inner - from);
    for (int64_t column = 0; column < columns; column += kPanel) {
      const T* panel = right + column * inner + from * kPanel;
      for (int64_t row = 0; row < rows; row += kRows) {
        const T* lefts[kRows];  // rows past the end read the last one again and are not stored
        for (int64_t i = 0; i < kRows; i++) lefts[i] = left + std::min(row + i, rows - 1) * left_stride + from;
        multiply_block(
            block, lefts, panel, sums + row * sums_stride + column, sums_stride, std::min(kRows, rows - row),
            std::min(kPanel, columns - column));
      }
    }
  }
}

template <typename T>
void pack_panels(const T* matrix, int64_t stride, int64_t rows, int64_t columns, T* packed) {
  for (int64_t column = 0; column < columns; column += kPanel) {
    const int64_t count = std::min(kPanel, columns - column);
    for (int64_t row = 0; row < rows; row++, packed += kPanel) {
      std::copy_n(matrix + row * stride + column, count, packed);
      std::fill(packed + count, packed + kPanel, T(0));
    }
  }
}

}  // namespace

void pack(const float* matrix, int64_t stride, int64_t rows, int64_t columns, float* packed) {
  pack_panels(matrix, stride, rows, columns, packed);
}
void pack(const double* matrix, int64_t stride, int64_t rows, int64_t columns, double* packed) {
  pack_panels(matrix, stride, rows, columns, packed);
}

#define DRCNN_PRODUCT_OF(T)                                                                                              \
  DRCNN_VERSIONS(                                                                                                        \
      multiply_add,                                                                                                      \
      (int64_t rows, int64_t columns, int64_t inner, const T* left, int64_t left_stride, const T* right, T* sums,        \
       int64_t sums_stride),                                                                                             \
      multiply_all, (rows, columns, inner, left, left_stride, right, sums, sums_stride))
DRCNN_PRODUCT_OF(float)
DRCNN_PRODUCT_OF(double)
#undef DRCNN_PRODUCT_OF

}  // namespace drcnn::deform
