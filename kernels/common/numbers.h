// bfloat16 and float16: numbers that take two bytes in memory and are computed in float32, on the CPU and in CUDA kernels.
//
// To float32 is exact; from it rounds to the nearest, ties to even; NaN stays NaN.
#pragma once

#include <cstdint>
#include <cstring>

#include "host_device.h"

namespace drcnn {

DRCNN_HOST_DEVICE inline uint32_t bits_of(float value) {
#if defined(__CUDA_ARCH__)
  return __float_as_uint(value);
#else
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
#endif
}

DRCNN_HOST_DEVICE inline float float_of(uint32_t bits) {
#if defined(__CUDA_ARCH__)
  return __uint_as_float(bits);
#else
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
#endif
}

/// The upper half of a float32: 8 bits of exponent, 7 of fraction.
struct BFloat16 {
  uint16_t bits;

  BFloat16() = default;
  DRCNN_HOST_DEVICE explicit BFloat16(float value) {
    const uint32_t from = bits_of(value), even = from >> 16 & 1;
    bits = static_cast<uint16_t>(value != value ? 0x7FC0u : (from + 0x7FFFu + even) >> 16);
  }
  DRCNN_HOST_DEVICE explicit operator float() const { return float_of(static_cast<uint32_t>(bits) << 16); }
};

/// IEEE 754's binary16: 5 bits of exponent, 10 of fraction.
struct Float16 {
  uint16_t bits;

  Float16() = default;
  DRCNN_HOST_DEVICE explicit Float16(float value) : bits(rounded(value)) {}
  DRCNN_HOST_DEVICE explicit operator float() const { return widened(bits); }

 private:
  static constexpr uint32_t kBias = 112u << 23;            ///< between the two exponents
  static constexpr uint32_t kSmallestNormal = 113u << 23;  ///< of float16, 2^-14, in float32's bits
  static constexpr uint32_t kBeyond = 143u << 23;          ///< 2^16

  static DRCNN_HOST_DEVICE uint16_t rounded(float value) {
#if defined(__CUDA_ARCH__)
    uint16_t half;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(half) : "f"(value));
    return half;
#else
    const uint32_t sign = bits_of(value) >> 16 & 0x8000u, size = bits_of(value) & 0x7FFFFFFFu;
    if (value != value) return static_cast<uint16_t>(sign | 0x7E00u);
    // Added to 0.5, whose last bit is worth float16's smallest number, the addition itself rounds.
    if (size < kSmallestNormal) return static_cast<uint16_t>(sign | (bits_of(float_of(size) + 0.5f) - bits_of(0.5f)));
    const uint32_t half = size < kBeyond ? (size - kBias + 0xFFFu + (size >> 13 & 1)) >> 13 : 0x7C00u;
    return static_cast<uint16_t>(sign | half);
#endif
  }

  static DRCNN_HOST_DEVICE float widened(uint16_t half) {
#if defined(__CUDA_ARCH__)
    float value;
    asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(half));
    return value;
#else
    const uint32_t sign = (half & 0x8000u) << 16, size = half & 0x7FFFu;
    if (size >= 0x7C00u) return float_of(sign | 0x7F800000u | size << 13);
    if (size >= 0x0400u) return float_of(sign | ((size << 13) + kBias));
    return float_of(sign | bits_of(static_cast<float>(size) * 0x1p-24f));
#endif
  }
};

/// What numbers of a type are computed in.
template <typename T>
struct ComputedIn {
  using type = T;
};
template <>
struct ComputedIn<BFloat16> {
  using type = float;
};
template <>
struct ComputedIn<Float16> {
  using type = float;
};
template <typename T>
using computed = typename ComputedIn<T>::type;

}  // namespace drcnn
