// The last thing that happens to an output, in the pass that writes it.
#pragma once

#include <cstdint>

#include "../vectorised.h"

namespace drcnn::conv {

/// to = sums + bias + residual (null: 0), and 0 where that is negative if relu. NaN stays.
DRCNN_INLINE void finish_row(
    const float* __restrict sums, int64_t count, float bias, const float* __restrict residual, bool relu,
    float* __restrict to) {
  if (residual != nullptr) {
    for (int64_t x = 0; x < count; x++) to[x] = sums[x] + bias + residual[x];
  } else {
    for (int64_t x = 0; x < count; x++) to[x] = sums[x] + bias;
  }
  if (!relu) return;
  for (int64_t x = 0; x < count; x++) to[x] = to[x] < 0.f ? 0.f : to[x];
}

}  // namespace drcnn::conv
