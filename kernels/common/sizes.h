// The sizes of an array, checked before anything is multiplied or read.
#pragma once

#include <initializer_list>

#include "host.h"

namespace drcnn {

/// Fails where a size is negative or the array would not fit into memory.
inline void check_sizes(const char* array, std::initializer_list<int64_t> sizes) {
  constexpr int64_t kMost = INT64_MAX / 8;  // of the largest numbers
  const auto listed = [&] {
    std::ostringstream text;
    for (const int64_t size : sizes) text << (text.tellp() > 0 ? ", " : "[") << size;
    return text.str() + "]";
  };
  bool empty = false;
  for (const int64_t size : sizes) {
    DRCNN_CHECK(size >= 0, array, "'s sizes must not be negative, got ", listed());
    empty = empty || size == 0;
  }
  int64_t most = kMost;
  for (const int64_t size : sizes) {
    DRCNN_CHECK(empty || size <= most, array, " must have at most ", kMost, " numbers, got ", listed());
    if (!empty) most /= size;
  }
}

}  // namespace drcnn
