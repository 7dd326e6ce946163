// From a type's number to the type.
#pragma once

#include "host.h"
#include "numbers.h"

namespace drcnn {

template <typename T>
constexpr int32_t kTypeOf = 0;
template <>
inline constexpr int32_t kTypeOf<Float16> = drcnn_float16;
template <>
inline constexpr int32_t kTypeOf<float> = drcnn_float32;
template <>
inline constexpr int32_t kTypeOf<double> = drcnn_float64;
template <>
inline constexpr int32_t kTypeOf<BFloat16> = drcnn_bfloat16;

/// body(a number of the type); fails where it is none of Types.
template <typename... Types, typename Body>
void by_type(const char* what, int32_t type, const Body& body) {
  const bool found = ((type == kTypeOf<Types> && (body(Types()), true)) || ...);
  if (found) return;
  std::ostringstream expected;
  ((expected << (expected.tellp() > 0 ? ", " : "") << name_of_type(kTypeOf<Types>)), ...);
  fail(what, " must be one of ", expected.str(), ", got ", name_of_type(type), " (", type, ")");
}

}  // namespace drcnn
