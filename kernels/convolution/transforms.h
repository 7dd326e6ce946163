// The linear maps of F(4x4, 3x3), one dimension at a time, for a float or a vector of floats.
//
// Toom and Cook: a product of polynomials is known from its values at five points and infinity. The usual points 0, +-1,
// +-2 lose three digits at 256 channels; 0, +-11/16, +-3/2 (searched among sixteenths for the least error) lose less than
// one, and all constants of the input's and the output's map but cubes' rounding are exact in float32.
#pragma once

#include <cstdint>

#include "isa.h"

namespace drcnn::conv {

constexpr int64_t kTile = 4;               ///< outputs a side
constexpr int64_t kPatch = kTile + 3 - 1;  ///< inputs a side
constexpr int64_t kPoints = kPatch * kPatch;

constexpr double kA = 11.0 / 16, kB = 3.0 / 2;
constexpr double kA2 = kA * kA, kB2 = kB * kB;

/// Six inputs -> their values at the points.
template <typename T>
DRCNN_INLINE void input_values(const T* d, T* v) {
  constexpr float product = kA2 * kB2, sum = kA2 + kB2, a = kA, b = kB, a2 = kA2, b2 = kB2;
  const T even_a = d[4] - b2 * d[2], odd_a = a * (d[3] - b2 * d[1]);
  const T even_b = d[4] - a2 * d[2], odd_b = b * (d[3] - a2 * d[1]);
  v[0] = product * d[0] - sum * d[2] + d[4];
  v[1] = even_a + odd_a;
  v[2] = even_a - odd_a;
  v[3] = even_b + odd_b;
  v[4] = even_b - odd_b;
  v[5] = product * d[1] - sum * d[3] + d[5];
}

/// Values at the points -> four outputs.
template <typename T>
DRCNN_INLINE void outputs_of(const T* m, T* y) {
  constexpr float a = kA, b = kB, a2 = kA2, b2 = kB2, a3 = kA2 * kA, b3 = kB2 * kB;
  const T sum_a = m[1] + m[2], difference_a = m[1] - m[2], sum_b = m[3] + m[4], difference_b = m[3] - m[4];
  y[0] = m[0] + sum_a + sum_b;
  y[1] = a * difference_a + b * difference_b;
  y[2] = a2 * sum_a + b2 * sum_b;
  y[3] = a3 * difference_a + b3 * difference_b + m[5];
}

/// Three taps -> their values at the points, each divided by what the input's map multiplied.
template <typename T>
DRCNN_INLINE void tap_values(const T* g, T* u) {
  constexpr double at_a = 1 / (2 * kA2 * (kA2 - kB2)), at_b = 1 / (2 * kB2 * (kB2 - kA2));
  const T even_a = at_a * g[0] + at_a * kA2 * g[2], odd_a = at_a * kA * g[1];
  const T even_b = at_b * g[0] + at_b * kB2 * g[2], odd_b = at_b * kB * g[1];
  u[0] = 1 / (kA2 * kB2) * g[0];
  u[1] = even_a + odd_a;
  u[2] = even_a - odd_a;
  u[3] = even_b + odd_b;
  u[4] = even_b - odd_b;
  u[5] = g[2];
}

/// The transpose of outputs_of: the gradients of four outputs -> of the values at the points.
template <typename T>
DRCNN_INLINE void gradient_values(const T* y, T* m) {
  constexpr float a = kA, b = kB, a2 = kA2, b2 = kB2, a3 = kA2 * kA, b3 = kB2 * kB;
  const T even_a = y[0] + a2 * y[2], odd_a = a * y[1] + a3 * y[3];
  const T even_b = y[0] + b2 * y[2], odd_b = b * y[1] + b3 * y[3];
  m[0] = y[0];
  m[1] = even_a + odd_a;
  m[2] = even_a - odd_a;
  m[3] = even_b + odd_b;
  m[4] = even_b - odd_b;
  m[5] = y[3];
}

/// The transpose of tap_values: the gradients of the values at the points -> of three taps.
template <typename T>
DRCNN_INLINE void taps_of(const T* u, T* g) {
  constexpr double at_a = 1 / (2 * kA2 * (kA2 - kB2)), at_b = 1 / (2 * kB2 * (kB2 - kA2));
  const T sum_a = at_a * (u[1] + u[2]), difference_a = at_a * (u[1] - u[2]);
  const T sum_b = at_b * (u[3] + u[4]), difference_b = at_b * (u[3] - u[4]);
  g[0] = 1 / (kA2 * kB2) * u[0] + sum_a + sum_b;
  g[1] = kA * difference_a + kB * difference_b;
  g[2] = kA2 * sum_a + kB2 * sum_b + u[5];
}

}  // namespace drcnn::conv
