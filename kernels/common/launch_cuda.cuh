// Runs the kernels of block.h on the GPU that a tensor is on, in the stream that libtorch has current there.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include "block.h"

namespace drcnn {

template <typename Kernel>
__global__ void __launch_bounds__(Kernel::kThreads) run_block(const __grid_constant__ Kernel kernel) {
  extern __shared__ __align__(16) unsigned char shared[];
  kernel(Block(shared));
}

/// The place of an operator's work: a device guard that launches.
class CudaDevice {
 public:
  static constexpr c10::DeviceType kType = c10::DeviceType::CUDA;

  explicit CudaDevice(const at::Tensor& tensor) : guard_(tensor.device()) {}

  /// Nothing waits for the kernel. blocks 0: nothing to do.
  template <typename Kernel>
  void launch(const Kernel& kernel, int64_t blocks, int64_t shared_bytes = 0) const {
    if (blocks == 0) return;
    TORCH_CHECK(blocks <= INT32_MAX, "the operator's arguments are too large for a GPU: ", blocks, " blocks.");
    run_block<<<static_cast<unsigned>(blocks), Kernel::kThreads, shared_bytes, c10::cuda::getCurrentCUDAStream()>>>(
        kernel);
    C10_CUDA_KERNEL_LAUNCH_CHECK();
  }

 private:
  const c10::cuda::CUDAGuard guard_;
};

}  // namespace drcnn
