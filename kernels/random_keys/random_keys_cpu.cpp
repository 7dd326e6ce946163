// Random sort keys on the CPU; see random_keys.h. Complexity: O(N * count), threads share the images.
#include "random_keys.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <torch/library.h>

#include <algorithm>

namespace drcnn {

at::Tensor random_keys_cpu(
    const at::Tensor& image_ids, int64_t seed, int64_t iteration, int64_t purpose, int64_t count) {
  check_key_arguments(image_ids, iteration, purpose, count);
  const auto ids = image_ids.contiguous();
  const auto* id = ids.data_ptr<int64_t>();
  auto keys = at::empty({ids.size(0), count}, ids.options());
  auto* values = keys.data_ptr<int64_t>();
  at::parallel_for(0, ids.size(0), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
      for (int64_t column = 0; column < count; column += 4) {
        const PhiloxBlock block = key_block(seed, iteration, purpose, id[i], column / 4);
        const int64_t width = std::min<int64_t>(4, count - column);
        for (int64_t k = 0; k < width; k++) {
          values[i * count + column + k] = key_value(block.words[k], column + k);
        }
      }
    }
  });
  return keys;
}

}  // namespace drcnn

TORCH_LIBRARY_IMPL(dynamic_rcnn, CPU, m) { m.impl("random_keys", drcnn::random_keys_cpu); }
