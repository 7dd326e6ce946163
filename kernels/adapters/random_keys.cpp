// Random sort keys as an operator of the CPU.
#include <ATen/ops/empty.h>
#include <torch/library.h>

#include "random_keys.h"
#include "status.h"

namespace drcnn {
namespace {

at::Tensor random_keys_cpu(const at::Tensor& image_ids, int64_t seed, int64_t iteration, int64_t purpose, int64_t count) {
  check_image_ids(image_ids);
  done(drcnn_random_keys(nullptr, 0, seed, iteration, purpose, count, nullptr));  // the numbers, before memory is asked for
  const auto ids = image_ids.contiguous();
  auto keys = at::empty({ids.size(0), count}, ids.options());
  done(drcnn_random_keys(ids.data_ptr<int64_t>(), ids.size(0), seed, iteration, purpose, count, keys.data_ptr<int64_t>()));
  return keys;
}

}  // namespace
}  // namespace drcnn

TORCH_LIBRARY_IMPL(dynamic_rcnn, CPU, m) { m.impl("random_keys", drcnn::random_keys_cpu); }
