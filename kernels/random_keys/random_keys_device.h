// Random sort keys where the kernel of key_blocks.h runs, whatever launches it.
#pragma once

#include <ATen/ops/empty.h>

#include "key_blocks.h"
#include "random_keys.h"

namespace drcnn {

template <typename Device>
at::Tensor random_keys_on(
    const at::Tensor& image_ids, int64_t seed, int64_t iteration, int64_t purpose, int64_t count) {
  check_key_arguments(image_ids, iteration, purpose, count);
  const Device device(image_ids);
  const auto ids = image_ids.contiguous();
  auto keys = at::empty({ids.size(0), count}, ids.options());
  const MakeKeys make{
      ids.data_ptr<int64_t>(), keys.data_ptr<int64_t>(), seed, iteration, purpose, ids.size(0), count};
  device.launch(make, parts<int64_t>(make.quads(), MakeKeys::kThreads));
  return keys;
}

}  // namespace drcnn
