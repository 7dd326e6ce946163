// The operator of keys.h.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

#include "keys.h"

namespace drcnn {

/// image_ids int64 [N] -> int64 [N, count]. seed and image ids may be any int64; 0 <= iteration < 2^32,
/// 0 <= purpose <= 255 (what is sampled: anchors, RoIs, ...), 0 <= count <= 2^26.
at::Tensor random_keys_cpu(
    const at::Tensor& image_ids, int64_t seed, int64_t iteration, int64_t purpose, int64_t count);

/// For every backend.
inline void check_key_arguments(const at::Tensor& image_ids, int64_t iteration, int64_t purpose, int64_t count) {
  TORCH_CHECK(image_ids.dim() == 1, "random_keys: image_ids must be [N], got ", image_ids.sizes());
  TORCH_CHECK(
      image_ids.scalar_type() == at::kLong, "random_keys: image_ids must be int64, got ", image_ids.scalar_type());
  TORCH_CHECK(
      iteration >= 0 && iteration <= kMaxKeyIteration, "random_keys: iteration must be from 0 to ", kMaxKeyIteration,
      ", got ", iteration);
  TORCH_CHECK(
      purpose >= 0 && purpose <= kMaxKeyPurpose, "random_keys: purpose must be from 0 to ", kMaxKeyPurpose, ", got ",
      purpose);
  TORCH_CHECK(
      count >= 0 && count <= kMaxKeyCount, "random_keys: count must be from 0 to ", kMaxKeyCount, ", got ", count);
}

}  // namespace drcnn
