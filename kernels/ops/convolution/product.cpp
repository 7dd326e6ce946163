// Blocked for the caches: 256 rows of a panel (16 KiB) stay in the first-level cache while all rows of `left` pass; six
// rows by one panel are summed in registers.
#include "product.h"

#include <algorithm>
#include <cstring>

#include "../vectorised.h"

namespace drcnn::conv {
namespace {

constexpr int64_t kInnerBlock = 256;
constexpr int64_t kRows = kOutputRows;
constexpr int64_t kLanes = 8;
typedef float Lanes __attribute__((vector_size(4 * kLanes)));

DRCNN_INLINE void multiply_block(
    int64_t inner, const float* const* left, const float* panel, float* sums, int64_t stride, int64_t rows, bool add) {
  Lanes total[kRows][2] = {};
  for (int64_t k = 0; k < inner; k++, panel += kPanel) {
    Lanes low, high;
    std::memcpy(&low, panel, sizeof(Lanes));
    std::memcpy(&high, panel + kLanes, sizeof(Lanes));
    for (int64_t i = 0; i < kRows; i++) {
      const float value = left[i][k];
      total[i][0] += value * low;
      total[i][1] += value * high;
    }
  }
  for (int64_t i = 0; i < kRows; i++) {
    if (i >= rows) continue;
    for (int64_t half = 0; half < 2; half++) {
      float* to = sums + i * stride + half * kLanes;
      Lanes before = {};
      if (add) std::memcpy(&before, to, sizeof(Lanes));
      before += total[i][half];
      std::memcpy(to, &before, sizeof(Lanes));
    }
  }
}

}  // namespace

#if defined(__x86_64__) && defined(__GNUC__) && defined(__ELF__)
__attribute__((target_clones("fma", "default")))
#endif
void multiply(
    int64_t rows, int64_t inner, int64_t panels, const float* left, const float* right, float* sums,
    int64_t sums_stride) {
  for (int64_t from = 0; from < inner; from += kInnerBlock) {
    const int64_t block = std::min(kInnerBlock, inner - from);
    for (int64_t panel = 0; panel < panels; panel++) {
      const float* values = right + (panel * inner + from) * kPanel;
      for (int64_t row = 0; row < rows; row += kRows) {
        const float* lefts[kRows];  // rows past the end read the last one again and are not stored
        for (int64_t i = 0; i < kRows; i++) lefts[i] = left + std::min(row + i, rows - 1) * inner + from;
        multiply_block(
            block, lefts, values, sums + row * sums_stride + panel * kPanel, sums_stride, std::min(kRows, rows - row),
            from > 0);
      }
    }
  }
}

}  // namespace drcnn::conv
