// Random sort keys on the CPU; see keys.h. Complexity: O(N * count), threads share the images.
#include <algorithm>

#include "../common/isa.h"
#include "arguments.h"

namespace drcnn {
namespace {

void make_keys(int64_t seed, int64_t iteration, int64_t purpose, int64_t image_id, int64_t count, int64_t* keys) {
  for (int64_t column = 0; column < count; column += 4) {
    const PhiloxBlock block = key_block(seed, iteration, purpose, image_id, column / 4);
    const int64_t width = std::min<int64_t>(4, count - column);
    for (int64_t k = 0; k < width; k++) keys[column + k] = key_value(block.words[k], column + k);
  }
}

}  // namespace
}  // namespace drcnn

int32_t drcnn_random_keys(
    const int64_t* image_ids, int64_t images, int64_t seed, const int64_t* iteration, int64_t purpose, int64_t count,
    int64_t* keys) {
  return drcnn::guarded([&] {
    drcnn::isa();  // integers do not depend on it, but a wrong DRCNN_CPU_ISA is an error of every kernel
    drcnn::check_key_arguments(images, purpose, count);
    drcnn::check_key_iteration(*iteration);
    drcnn::parallel_for(0, images, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; i++) drcnn::make_keys(seed, *iteration, purpose, image_ids[i], count, keys + i * count);
    });
  });
}
