// Every kernel as device code, for a compiler that knows CUDA without its toolkit:
//   clang++ -x cuda --cuda-gpu-arch=sm_80 -nocudainc -nocudalib --cuda-device-only -std=c++17 -O2 -I../include -S device_code.cu -o -
#include <stdlib.h>

#define __CUDACC__
#define __host__ __attribute__((host))
#define __device__ __attribute__((device))
#define __global__ __attribute__((global))
#define __shared__ __attribute__((shared))
#define __forceinline__ __inline__ __attribute__((always_inline))
#define __launch_bounds__(threads) __attribute__((launch_bounds(threads)))
#define __align__(bytes) __attribute__((aligned(bytes)))
#define __grid_constant__
#define blockIdx (DrcnnIndex{static_cast<unsigned>(__nvvm_read_ptx_sreg_ctaid_x())})
#define threadIdx (DrcnnIndex{static_cast<unsigned>(__nvvm_read_ptx_sreg_tid_x())})
struct DrcnnIndex {
  unsigned x;
};
__device__ inline unsigned atomicOr(unsigned* word, unsigned bits) { return __atomic_fetch_or(word, bits, __ATOMIC_RELAXED); }
__device__ inline unsigned long long atomicOr(unsigned long long* word, unsigned long long bits) {
  return __atomic_fetch_or(word, bits, __ATOMIC_RELAXED);
}
__device__ inline int __ffs(int word) { return __builtin_ffs(word); }
__device__ inline unsigned __float_as_uint(float value) { return __builtin_bit_cast(unsigned, value); }
__device__ inline float __uint_as_float(unsigned bits) { return __builtin_bit_cast(float, bits); }

// The host's side, which is parsed and thrown away.
struct dim3 {
  unsigned x, y, z;
  __host__ __device__ dim3(unsigned x, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};
enum cudaError_t { cudaSuccess };
using cudaStream_t = struct CUstream_st*;
extern "C" unsigned __cudaPushCallConfiguration(dim3, dim3, size_t, cudaStream_t);
extern "C" cudaError_t cudaConfigureCall(dim3, dim3, size_t, cudaStream_t);
cudaError_t cudaGetLastError();
cudaError_t cudaMemsetAsync(void*, int, size_t, cudaStream_t);
const char* cudaGetErrorString(cudaError_t);

#include "../deform_conv2d/deform_conv2d_cuda.cu"
#include "../nms/nms_cuda.cu"
#include "../random_keys/random_keys_cuda.cu"
#include "../roi_align/roi_align_cuda.cu"
