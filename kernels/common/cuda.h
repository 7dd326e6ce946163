// CUDA as the .cuh and .cu files use it: nvcc's own or, under any other compiler, cuda_stand_in.h, which runs the kernels on the CPU for tests.
//
// There are no atomics on floating-point numbers in any kernel: sums have a fixed order, so the bits are the same every time.
#pragma once

#include "host.h"
#include "host_device.h"

namespace drcnn {

/// Where a kernel runs. Sizes are one-dimensional; blocks 0: nothing to do.
struct Grid {
  int64_t blocks;
  int threads;  ///< of a block
  void* stream;
  int64_t shared_bytes = 0;  ///< of DRCNN_DYNAMIC_SHARED
};

inline void check_blocks(int64_t blocks) {
  DRCNN_CHECK(blocks <= INT32_MAX, "the arguments are too large for a GPU: they need ", blocks, " blocks, expected at most ", INT32_MAX);
}

template <typename T>
DRCNN_HOST_DEVICE constexpr T min(T a, T b) {
  return b < a ? b : a;
}

template <typename T>
DRCNN_HOST_DEVICE constexpr T max(T a, T b) {
  return a < b ? b : a;
}

}  // namespace drcnn

#if defined(__CUDACC__)

/// The block's memory of Grid::shared_bytes, not cleared.
#define DRCNN_DYNAMIC_SHARED(name) extern __shared__ __align__(16) unsigned char name[]

namespace drcnn {

inline void check_cuda(cudaError_t status, const char* what) {
  DRCNN_CHECK(status == cudaSuccess, what, " failed: ", cudaGetErrorString(status));
}

/// kernel<<<...>>>(arguments...), which nothing waits for.
template <typename... Parameters, typename... Arguments>
void launch(void (*kernel)(Parameters...), const Grid& grid, const Arguments&... arguments) {
  if (grid.blocks == 0) return;
  check_blocks(grid.blocks);
  kernel<<<static_cast<unsigned>(grid.blocks), grid.threads, static_cast<size_t>(grid.shared_bytes), static_cast<cudaStream_t>(grid.stream)>>>(
      arguments...);
  check_cuda(cudaGetLastError(), "the launch of a CUDA kernel");
}

/// Sets memory to 0, in the order of the stream.
inline void clear(void* stream, void* memory, int64_t bytes) {
  if (bytes == 0) return;
  check_cuda(cudaMemsetAsync(memory, 0, static_cast<size_t>(bytes), static_cast<cudaStream_t>(stream)), "clearing CUDA memory");
}

}  // namespace drcnn

#else
#include "cuda_stand_in.h"
#endif
