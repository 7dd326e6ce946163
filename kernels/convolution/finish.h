// The last thing that happens to an output, in the pass that writes it.
#pragma once

#include <cstdint>

#include "isa.h"

namespace drcnn::conv {

/// What happens to the sums before they become outputs. A null pointer changes nothing.
struct Finish {
  const float* scale = nullptr;     ///< [O]
  const float* bias = nullptr;      ///< [O]
  const float* residual = nullptr;  ///< [N, O, H', W']
  bool relu = false;

  /// Of one output.
  struct Output {
    float scale, bias;
    bool relu;
  };

  Output of(int64_t output) const {
    return {scale == nullptr ? 1.f : scale[output], bias == nullptr ? 0.f : bias[output], relu};
  }
};

/// to = sums * scale + bias + residual (null: 0), and 0 where that is negative if relu. NaN stays.
DRCNN_INLINE void finish_row(
    const float* __restrict sums, int64_t count, const Finish::Output& output, const float* __restrict residual,
    float* __restrict to) {
  const float scale = output.scale, bias = output.bias;
  if (residual != nullptr) {
    for (int64_t x = 0; x < count; x++) to[x] = sums[x] * scale + bias + residual[x];
  } else {
    for (int64_t x = 0; x < count; x++) to[x] = sums[x] * scale + bias;
  }
  if (!output.relu) return;
  for (int64_t x = 0; x < count; x++) to[x] = to[x] < 0.f ? 0.f : to[x];
}

}  // namespace drcnn::conv
