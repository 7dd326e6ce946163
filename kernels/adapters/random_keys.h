// The checks of the random keys' tensors, for every device.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

namespace drcnn {

inline void check_image_ids(const at::Tensor& image_ids) {
  TORCH_CHECK(image_ids.dim() == 1, "random_keys: image_ids must be [N], got ", image_ids.sizes());
  TORCH_CHECK(image_ids.scalar_type() == at::kLong, "random_keys: image_ids must be int64, got ", image_ids.scalar_type());
}

}  // namespace drcnn
