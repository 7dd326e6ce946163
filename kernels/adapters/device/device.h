// Where the operators of a device run and are registered: a GPU's are dynamic_rcnn's; with DRCNN_SHIM those whose kernels run on the CPU,
// block by block, have the namespace dynamic_rcnn_shim and CPU tensors, for gpu/check.py.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <torch/library.h>

#include "drcnn_kernels.h"

#if defined(DRCNN_SHIM)
#define DRCNN_DEVICE_LIBRARY(m) TORCH_LIBRARY_FRAGMENT(dynamic_rcnn_shim, m)
#else
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#define DRCNN_DEVICE_LIBRARY(m) TORCH_LIBRARY_IMPL(dynamic_rcnn, CUDA, m)
#endif

namespace drcnn {

#if defined(DRCNN_SHIM)

class Device {
 public:
  explicit Device(const at::Tensor&) {}
  void* stream() const { return nullptr; }
};

template <typename Function>
void add_to(torch::Library& m, const char* name, Function* function) {
  m.def(name, function);
}

#else

/// While it lives a tensor's device is the current one.
class Device {
 public:
  explicit Device(const at::Tensor& tensor) : guard_(tensor.device()) {}
  /// The one that libtorch has current there.
  void* stream() const { return c10::cuda::getCurrentCUDAStream().stream(); }

 private:
  const c10::cuda::CUDAGuard guard_;
};

template <typename Function>
void add_to(torch::Library& m, const char* name, Function* function) {
  m.impl(name, function);
}

#endif

inline void done_on_device(int32_t status) { TORCH_CHECK(status == 0, drcnn_cuda_error()); }

/// A kernel's scratch: as many bytes as it asked for, -1 where it refused the arguments.
inline at::Tensor scratch_of(int64_t bytes, const at::Tensor& tensor) {
  TORCH_CHECK(bytes >= 0, drcnn_cuda_error());
  return at::empty({bytes}, tensor.options().dtype(at::kByte));
}

}  // namespace drcnn
