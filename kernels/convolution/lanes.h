// Vectors of eight floats.
#pragma once

#include <cstdint>

#include "../vectorised.h"

namespace drcnn::conv {

constexpr int64_t kLanes = 8;
typedef float Lanes __attribute__((vector_size(4 * kLanes)));

/// Eight floats at any address. A copy by memcpy would go by halves, which a load of the whole then waits for.
typedef float LooseLanes __attribute__((vector_size(4 * kLanes), aligned(4), may_alias));

DRCNN_INLINE void load(const float* from, Lanes& lanes) { lanes = *reinterpret_cast<const LooseLanes*>(from); }
DRCNN_INLINE void store(const Lanes& lanes, float* to) { *reinterpret_cast<LooseLanes*>(to) = lanes; }

}  // namespace drcnn::conv
