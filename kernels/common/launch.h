// Runs the kernels of block.h: under nvcc on the GPU, under any other compiler on the CPU (the shim), for tests.
//
// The shim runs one block after another. Shared memory is exactly as large as asked for and holds garbage at first, so that the address
// sanitizer sees what goes beyond it and the results show what was read before it was written.
#pragma once

#include "block.h"
#include "host.h"

#if !defined(__CUDACC__)
#include <algorithm>
#include <cstring>
#include <memory>
#include <numeric>
#include <vector>

/// Not 0: blocks and threads run in the opposite order. A result that depends on it is a missing barrier or a race.
extern "C" DRCNN_KERNELS_API void drcnn_shim_backwards(int32_t backwards);
#endif

namespace drcnn {

inline void check_blocks(int64_t blocks) {
  DRCNN_CHECK(blocks <= INT32_MAX, "the arguments are too large for a GPU: they need ", blocks, " blocks, expected at most ", INT32_MAX);
}

#if defined(__CUDACC__)

inline void check_cuda(cudaError_t status, const char* what) {
  DRCNN_CHECK(status == cudaSuccess, what, " failed: ", cudaGetErrorString(status));
}

template <typename Kernel>
__global__ void __launch_bounds__(Kernel::kThreads) run_block(const __grid_constant__ Kernel kernel) {
  extern __shared__ __align__(16) unsigned char shared[];
  kernel(Block(shared));
}

/// Nothing waits for the kernel. blocks 0: nothing to do.
template <typename Kernel>
void launch(void* stream, const Kernel& kernel, int64_t blocks, int64_t shared_bytes = 0) {
  if (blocks == 0) return;
  check_blocks(blocks);
  run_block<<<static_cast<unsigned>(blocks), Kernel::kThreads, static_cast<size_t>(shared_bytes), static_cast<cudaStream_t>(stream)>>>(
      kernel);
  check_cuda(cudaGetLastError(), "the launch of a CUDA kernel");
}

/// Sets memory to 0, in the order of the stream.
inline void clear(void* stream, void* memory, int64_t bytes) {
  if (bytes == 0) return;
  check_cuda(cudaMemsetAsync(memory, 0, static_cast<size_t>(bytes), static_cast<cudaStream_t>(stream)), "clearing CUDA memory");
}

#else

extern bool shim_backwards;

template <typename Kernel>
void launch(void*, const Kernel& kernel, int64_t blocks, int64_t shared_bytes = 0) {
  check_blocks(blocks);
  std::vector<int> order(Kernel::kThreads);
  std::iota(order.begin(), order.end(), 0);
  if (shim_backwards) std::reverse(order.begin(), order.end());
  for (int64_t i = 0; i < blocks; i++) {
    const std::unique_ptr<unsigned char[]> shared(new unsigned char[shared_bytes]);
    std::fill_n(shared.get(), shared_bytes, static_cast<unsigned char>(0xA5));
    kernel(Block(shim_backwards ? blocks - 1 - i : i, Kernel::kThreads, shared.get(), order.data()));
  }
}

inline void clear(void*, void* memory, int64_t bytes) {
  if (bytes > 0) std::memset(memory, 0, static_cast<size_t>(bytes));
}

#endif

}  // namespace drcnn
