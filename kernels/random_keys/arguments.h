// The checks of the random keys' arguments, for every device.
#pragma once

#include "../common/sizes.h"
#include "keys.h"

namespace drcnn {

inline void check_key_arguments(int64_t images, int64_t purpose, int64_t count) {
  DRCNN_CHECK(
      purpose >= 0 && purpose <= kMaxKeyPurpose, "random_keys: purpose must be from 0 to ", kMaxKeyPurpose, ", got ", purpose);
  DRCNN_CHECK(count >= 0 && count <= kMaxKeyCount, "random_keys: count must be from 0 to ", kMaxKeyCount, ", got ", count);
  check_sizes("random_keys: keys", {images, count});
}

/// What only the host's own memory can be asked.
inline void check_key_iteration(int64_t iteration) {
  DRCNN_CHECK(
      iteration >= 0 && iteration <= kMaxKeyIteration, "random_keys: iteration must be from 0 to ", kMaxKeyIteration, ", got ",
      iteration);
}

}  // namespace drcnn
