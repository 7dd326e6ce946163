// Arithmetic that the CPU's code and the CUDA kernels share.
#pragma once

#if defined(__CUDACC__)
#define DRCNN_HOST_DEVICE __host__ __device__
#else
#define DRCNN_HOST_DEVICE
#endif

namespace drcnn {

template <typename T>
DRCNN_HOST_DEVICE constexpr T ceil_div(T whole, T part) {
  return (whole + part - 1) / part;
}

}  // namespace drcnn
