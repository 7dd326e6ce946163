// The two-byte numbers of common/numbers.h: every one of them to float32 and back, and what lies between two of them.
#include "numbers.h"

#include "check.h"

namespace drcnn::tests {
namespace {

/// next: the following number of the format, away from 0.
template <typename T>
void rounds(uint16_t bits, const char* name) {
  T low, next;
  low.bits = bits, next.bits = static_cast<uint16_t>(bits + 1);
  const float a = static_cast<float>(low), b = static_cast<float>(next);
  if (!std::isfinite(a) || !std::isfinite(b)) return;
  const float middle = a + (b - a) / 2;  // exact: float32 has more digits than either
  const T even = bits % 2 == 0 ? low : next;
  const auto is = [&](float value, T expected) {
    const bool good = T(value).bits == expected.bits && T(-value).bits == (expected.bits | 0x8000);
    check(good, std::string(name) + " of " + std::to_string(value));
  };
  is(a, low);
  is(middle, even);
  is(std::nextafter(middle, a), low);
  is(std::nextafter(middle, b), next);
}

template <typename T>
void special(const char* name, float largest, float beyond) {
  check(std::isinf(static_cast<float>(T(kInf))) && static_cast<float>(T(-kInf)) < 0, std::string(name) + ": infinity");
  check(std::isnan(static_cast<float>(T(kNaN))) && std::isnan(static_cast<float>(T(-kNaN))), std::string(name) + ": NaN");
  check(static_cast<float>(T(largest)) == largest && std::isfinite(static_cast<float>(T(std::nextafter(beyond, 0.0f)))),
        std::string(name) + ": the largest number");
  check(static_cast<float>(T(beyond)) == kInf && static_cast<float>(T(-beyond)) == -kInf, std::string(name) + ": beyond the largest number");
  check(T(0.0f).bits == 0 && T(-0.0f).bits == 0x8000, std::string(name) + ": zeros");
}

}  // namespace

void numbers_tests() {
  // A signalling NaN whose fraction is in the lower half alone must not become infinity.
  uint32_t bits = 0x7F800001u;
  float quiet;
  std::memcpy(&quiet, &bits, sizeof quiet);
  check(std::isnan(static_cast<float>(BFloat16(quiet))) && std::isnan(static_cast<float>(Float16(quiet))), "NaN of a small fraction");
  for (uint32_t value = 0; value < 0x7FFF; value += 7) {
    rounds<BFloat16>(static_cast<uint16_t>(value), "bfloat16");
    rounds<Float16>(static_cast<uint16_t>(value), "float16");
  }
  special<BFloat16>("bfloat16", 0x1.FEp127f, 0x1.FFp127f);
  special<Float16>("float16", 65504, 65520);
  Float16 smallest;
  smallest.bits = 1;
  check(static_cast<float>(smallest) == 0x1p-24f && Float16(0x1p-25f).bits == 0 && Float16(0x1.8p-24f).bits == 2,
        "float16: subnormal numbers");
}

}  // namespace drcnn::tests
