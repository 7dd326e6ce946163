// Random sort keys for sampling without replacement: a pure function of (seed, iteration, image id, purpose, column),
// so no generator has a state to save, and the order of images, threads or devices changes nothing.
//
// Column j of an image is word j mod 4 of Philox4x32-10 at
//   key     = (seed bits 0..31, seed bits 32..63)
//   counter = (j / 4 in bits 0..23 and purpose in bits 24..31, iteration, image id bits 0..31, image id bits 32..63)
// so different arguments never share a block. The key value is (word >> 1) * 2^32 + j: never negative, and no two in a
// row are equal, so sorting by it is a random permutation without ties.
#pragma once

#include <ATen/core/Tensor.h>

#include "philox.h"

namespace drcnn {

constexpr int64_t kMaxKeyCount = int64_t{1} << 26;      ///< columns: 24 bits of blocks of four
constexpr int64_t kMaxKeyPurpose = 255;                 ///< 8 bits
constexpr int64_t kMaxKeyIteration = (int64_t{1} << 32) - 1;

/// The four words of columns 4 * block .. 4 * block + 3.
constexpr C10_HOST_DEVICE PhiloxBlock
key_block(int64_t seed, int64_t iteration, int64_t purpose, int64_t image_id, int64_t block) {
  return philox(
      PhiloxBlock{
          {static_cast<uint32_t>(block) | static_cast<uint32_t>(purpose) << 24, static_cast<uint32_t>(iteration),
           static_cast<uint32_t>(image_id), static_cast<uint32_t>(static_cast<uint64_t>(image_id) >> 32)}},
      static_cast<uint32_t>(seed), static_cast<uint32_t>(static_cast<uint64_t>(seed) >> 32));
}

constexpr C10_HOST_DEVICE int64_t key_value(uint32_t word, int64_t column) {
  return static_cast<int64_t>(word >> 1) << 32 | column;
}

/// image_ids int64 [N] -> int64 [N, count]. seed and image ids may be any int64; 0 <= iteration < 2^32,
/// 0 <= purpose <= 255 (what is sampled: anchors, RoIs, ...), 0 <= count <= 2^26.
at::Tensor random_keys_cpu(
    const at::Tensor& image_ids, int64_t seed, int64_t iteration, int64_t purpose, int64_t count);

}  // namespace drcnn
