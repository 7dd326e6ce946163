// Blocked for the caches: 256 rows of a panel of `right` (16 KiB of float32) stay in the first-level cache while all
// rows of `left` pass; some rows by a panel, or by a part of it, are summed in registers.
#include "matrix_product.h"

#include <algorithm>
#include <cstring>

#include "../common/isa.h"

namespace drcnn::deform {
namespace {

constexpr int64_t kInnerBlock = 256;

/// What an instruction set's registers hold: vectors of kBytes, kRows of the sums by kVectors.
template <int kBytes_, int kRows_, int kVectors_>
struct Registers {
  static constexpr int kBytes = kBytes_, kRows = kRows_, kVectors = kVectors_;
};
using PlainRegisters = Registers<16, 6, 2>;
using Avx2Registers = Registers<32, 6, 2>;
using Avx512Registers = Registers<64, 12, 1>;

/// The first `rows` rows of kRows: sums += left * panel, `columns` at most kPanel.
template <typename R, typename T>
DRCNN_INLINE void multiply_block(
    int64_t inner, const T* const* left, const T* panel, T* sums, int64_t sums_stride, int64_t rows, int64_t columns) {
  typedef T V __attribute__((vector_size(R::kBytes)));
  constexpr int64_t kLanes = R::kBytes / sizeof(T), kWidth = R::kVectors * kLanes;
  static_assert(kPanel % kWidth == 0);
  for (int64_t first = 0; first < columns; first += kWidth, panel += kWidth) {
    V total[R::kRows][R::kVectors] = {};
    const T* at = panel;
    for (int64_t k = 0; k < inner; k++, at += kPanel) {
      V low, high;
      std::memcpy(&low, at, sizeof(V));
      if constexpr (R::kVectors == 2) std::memcpy(&high, at + kLanes, sizeof(V));
      for (int64_t i = 0; i < R::kRows; i++) {
        const T value = left[i][k];
        total[i][0] += value * low;
        if constexpr (R::kVectors == 2) total[i][1] += value * high;
      }
    }
    const int64_t count = std::min(kWidth, columns - first);
    for (int64_t i = 0; i < R::kRows; i++) {
      T values[kWidth];
      std::memcpy(values, total[i], sizeof(values));
      if (i >= rows) continue;
      T* to = sums + i * sums_stride + first;
      for (int64_t c = 0; c < count; c++) to[c] += values[c];
    }
  }
}

template <typename T>
struct Product {
  int64_t rows, columns, inner;
  const T* left;
  int64_t left_stride;
  const T* right;
  T* sums;
  int64_t sums_stride;
};

template <typename R, typename T>
DRCNN_INLINE void multiply_all(const Product<T>& p) {
  constexpr int64_t kRows = R::kRows;
  for (int64_t from = 0; from < p.inner; from += kInnerBlock) {
    const int64_t block = std::min(kInnerBlock, p.inner - from);
    for (int64_t column = 0; column < p.columns; column += kPanel) {
      const T* panel = p.right + column * p.inner + from * kPanel;
      for (int64_t row = 0; row < p.rows; row += kRows) {
        const T* lefts[kRows];  // rows past the end read the last one again and are not stored
        for (int64_t i = 0; i < kRows; i++) lefts[i] = p.left + std::min(row + i, p.rows - 1) * p.left_stride + from;
        multiply_block<R>(
            block, lefts, panel, p.sums + row * p.sums_stride + column, p.sums_stride, std::min(kRows, p.rows - row),
            std::min(kPanel, p.columns - column));
      }
    }
  }
}

// As DRCNN_VERSIONS, but with the registers of each.
template <typename T>
DRCNN_FOR_AVX512 void multiply_avx512(const Product<T>& p) {
  multiply_all<Avx512Registers>(p);
}
template <typename T>
DRCNN_FOR_AVX2 void multiply_avx2(const Product<T>& p) {
  multiply_all<Avx2Registers>(p);
}
template <typename T>
void multiply_plain(const Product<T>& p) {
  multiply_all<PlainRegisters>(p);
}

template <typename T>
void multiply(const Product<T>& p) {
  switch (isa()) {
    case Isa::kAvx512: return multiply_avx512(p);
    case Isa::kAvx2: return multiply_avx2(p);
    case Isa::kPlain: return multiply_plain(p);
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

void multiply_add(
    int64_t rows, int64_t columns, int64_t inner, const float* left, int64_t left_stride, const float* right,
    float* sums, int64_t sums_stride) {
  multiply<float>({rows, columns, inner, left, left_stride, right, sums, sums_stride});
}
void multiply_add(
    int64_t rows, int64_t columns, int64_t inner, const double* left, int64_t left_stride, const double* right,
    double* sums, int64_t sums_stride) {
  multiply<double>({rows, columns, inner, left, left_stride, right, sums, sums_stride});
}

}  // namespace drcnn::deform
