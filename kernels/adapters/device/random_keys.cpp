// Random sort keys as an operator of a device.
#include "../random_keys.h"

#include "device.h"

namespace drcnn {
namespace {

at::Tensor random_keys_on(const at::Tensor& image_ids, int64_t seed, int64_t iteration, int64_t purpose, int64_t count) {
  check_image_ids(image_ids);
  const Device device(image_ids);
  // The numbers, before memory is asked for.
  done_on_device(drcnn_cuda_random_keys(nullptr, 0, seed, iteration, purpose, count, nullptr, device.stream()));
  const auto ids = image_ids.contiguous();
  auto keys = at::empty({ids.size(0), count}, ids.options());
  done_on_device(drcnn_cuda_random_keys(
      ids.data_ptr<int64_t>(), ids.size(0), seed, iteration, purpose, count, keys.data_ptr<int64_t>(), device.stream()));
  return keys;
}

}  // namespace
}  // namespace drcnn

DRCNN_DEVICE_LIBRARY(m) { drcnn::add_to(m, "random_keys", drcnn::random_keys_on); }
