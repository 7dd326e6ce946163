// Vectors of the instruction set at hand: DRCNN_LANES floats each, DRCNN_VECTORS of them side by side in a product.
#pragma once

#include <cstdint>
#include <cstring>

#include "isa.h"

namespace drcnn::conv::DRCNN_VERSION {

/// Floats of a vector, at any address.
template <int64_t kCount>
struct LanesOf {
  typedef float type __attribute__((vector_size(4 * kCount)));
  typedef float loose __attribute__((vector_size(4 * kCount), aligned(4), may_alias));
};

constexpr int64_t kLanes = DRCNN_LANES;
using Lanes = LanesOf<kLanes>::type;
typedef int32_t LaneMask __attribute__((vector_size(4 * DRCNN_LANES)));

/// Eight, which the transforms are written for.
constexpr int64_t kOctet = 8;
using Octet = LanesOf<kOctet>::type;

// A copy by memcpy would go by halves, which a load of the whole then waits for.
DRCNN_INLINE void load(const float* from, Lanes& lanes) { lanes = *reinterpret_cast<const LanesOf<kLanes>::loose*>(from); }
DRCNN_INLINE void store(const Lanes& lanes, float* to) { *reinterpret_cast<LanesOf<kLanes>::loose*>(to) = lanes; }
#if DRCNN_LANES != 8
DRCNN_INLINE void load(const float* from, Octet& lanes) { lanes = *reinterpret_cast<const LanesOf<kOctet>::loose*>(from); }
DRCNN_INLINE void store(const Octet& lanes, float* to) { *reinterpret_cast<LanesOf<kOctet>::loose*>(to) = lanes; }
#endif

/// For loops over small arrays, which then become registers.
#define DRCNN_UNROLLED _Pragma("GCC unroll 16")

/// Eight rows of eight floats -> the columns.
DRCNN_INLINE void turn(Octet (&a)[kOctet]) {
  Octet b[kOctet], c[kOctet];
  DRCNN_UNROLLED
  for (int64_t i = 0; i < kOctet; i += 2) {
    b[i] = __builtin_shufflevector(a[i], a[i + 1], 0, 8, 2, 10, 4, 12, 6, 14);
    b[i + 1] = __builtin_shufflevector(a[i], a[i + 1], 1, 9, 3, 11, 5, 13, 7, 15);
  }
  DRCNN_UNROLLED
  for (int64_t i = 0; i < kOctet; i += 4) {
    DRCNN_UNROLLED
    for (int64_t j = 0; j < 2; j++) {
      c[i + j] = __builtin_shufflevector(b[i + j], b[i + j + 2], 0, 1, 8, 9, 4, 5, 12, 13);
      c[i + j + 2] = __builtin_shufflevector(b[i + j], b[i + j + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
  }
  DRCNN_UNROLLED
  for (int64_t j = 0; j < 4; j++) {
    a[j] = __builtin_shufflevector(c[j], c[j + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    a[j + 4] = __builtin_shufflevector(c[j], c[j + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
}

}  // namespace drcnn::conv::DRCNN_VERSION
