// Blocked for the caches: 256 rows of a panel (16 KiB) stay in the first-level cache while all rows of `left` pass; six
// rows by one panel are summed in registers.
#include "product.h"

#include <algorithm>
#include <cstring>

#include "lanes.h"

namespace drcnn::conv {
namespace {

constexpr int64_t kInnerBlock = 256;
constexpr int64_t kRows = kOutputRows;

struct Sums {
  float* first;
  int64_t stride, rows;  ///< rows past the end are not stored
  bool add;
};

DRCNN_INLINE void store(const Lanes (&total)[kRows][2], const Sums& sums) {
  for (int64_t i = 0; i < kRows; i++) {
    if (i >= sums.rows) continue;
    for (int64_t half = 0; half < 2; half++) {
      float* to = sums.first + i * sums.stride + half * kLanes;
      Lanes before = {};
      if (sums.add) std::memcpy(&before, to, sizeof(Lanes));
      before += total[i][half];
      std::memcpy(to, &before, sizeof(Lanes));
    }
  }
}

/// value_of(i, k): row i's k-th of the left side.
template <typename Value>
DRCNN_INLINE void multiply_block(int64_t inner, const Value& value_of, const float* panel, const Sums& sums) {
  Lanes total[kRows][2] = {};
  for (int64_t k = 0; k < inner; k++, panel += kPanel) {
    Lanes low, high;
    std::memcpy(&low, panel, sizeof(Lanes));
    std::memcpy(&high, panel + kLanes, sizeof(Lanes));
    for (int64_t i = 0; i < kRows; i++) {
      const float value = value_of(i, k);
      total[i][0] += value * low;
      total[i][1] += value * high;
    }
  }
  store(total, sums);
}

}  // namespace

DRCNN_VECTORISED void pack_rows(
    const float* rows, int64_t row_stride, int64_t inner_stride, int64_t row_count, int64_t inner, int64_t first,
    int64_t last, float* packed) {
  for (int64_t block = first; block < last; block++) {
    const int64_t here = std::min(kRows, row_count - block * kRows);
    const float* from = rows + block * kRows * row_stride;
    float* __restrict to = packed + block * kRows * inner;
    if (here == kRows) {
      for (int64_t k = 0; k < inner; k++, from += inner_stride, to += kRows) {
        for (int64_t i = 0; i < kRows; i++) to[i] = from[i * row_stride];
      }
    } else {
      for (int64_t k = 0; k < inner; k++, from += inner_stride, to += kRows) {
        for (int64_t i = 0; i < kRows; i++) to[i] = i < here ? from[i * row_stride] : 0.f;
      }
    }
  }
}

#if defined(__x86_64__) && defined(__GNUC__) && defined(__ELF__)
__attribute__((target_clones("fma", "default")))
#endif
void multiply(
    int64_t rows, int64_t inner, int64_t panels, const Left& left, const float* right, float* sums,
    int64_t sums_stride) {
  for (int64_t from = 0; from < inner; from += kInnerBlock) {
    const int64_t block = std::min(kInnerBlock, inner - from);
    for (int64_t panel = 0; panel < panels; panel++) {
      const float* values = right + (panel * inner + from) * kPanel;
      for (int64_t row = 0; row < rows; row += kRows) {
        const Sums to{sums + row * sums_stride + panel * kPanel, sums_stride, std::min(kRows, rows - row), from > 0};
        if (left.packed) {
          const float* here = left.data + row * inner + from * kRows;
          multiply_block(block, [=](int64_t i, int64_t k) { return here[k * kRows + i]; }, values, to);
        } else {
          const float* lefts[kRows];  // rows past the end read the last one again
          for (int64_t i = 0; i < kRows; i++) lefts[i] = left.data + std::min(row + i, rows - 1) * inner + from;
          multiply_block(block, [&](int64_t i, int64_t k) { return lefts[i][k]; }, values, to);
        }
      }
    }
  }
}

}  // namespace drcnn::conv
