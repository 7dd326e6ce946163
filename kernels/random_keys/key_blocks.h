// Random sort keys for a GPU: a thread makes the four keys of a Philox block.
#pragma once

#include "keys.h"

namespace drcnn {

struct MakeKeys {
  static constexpr int kThreads = 256;

  const int64_t* image_ids;
  const int64_t* iteration;
  int64_t* keys;  ///< [N, count]
  int64_t seed, purpose, images, count;

  int64_t quads() const { return images * parts<int64_t>(count, 4); }

  DRCNN_DEVICE void operator()(const Block& block) const {
    block.each_thread([&](int t) {
      const int64_t quad = block.index() * kThreads + t, in_row = parts<int64_t>(count, 4);
      if (quad >= images * in_row) return;
      const int64_t image = quad / in_row, column = quad % in_row * 4;
      const PhiloxBlock made = key_block(seed, *iteration, purpose, image_ids[image], column / 4);
      for (int k = 0; k < 4; k++) {
        if (column + k < count) keys[image * count + column + k] = key_value(made.words[k], column + k);
      }
    });
  }
};

}  // namespace drcnn
