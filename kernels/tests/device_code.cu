// Every block of the kernels as device code, for a compiler that knows CUDA without its toolkit:
//   clang++ -x cuda --cuda-gpu-arch=sm_80 -nocudainc -nocudalib --cuda-device-only -std=c++17 -O2 -S device_code.cu -o -
#include <stdlib.h>

#define __CUDACC__
#define __host__ __attribute__((host))
#define __device__ __attribute__((device))
#define __global__ __attribute__((global))
#define __forceinline__ __inline__ __attribute__((always_inline))
#define blockIdx (DrcnnIndex{__nvvm_read_ptx_sreg_ctaid_x()})
#define threadIdx (DrcnnIndex{__nvvm_read_ptx_sreg_tid_x()})
struct DrcnnIndex {
  int x;
};
__device__ inline unsigned atomicOr(unsigned* word, unsigned bits) { return __atomic_fetch_or(word, bits, __ATOMIC_RELAXED); }
__device__ inline unsigned long long atomicOr(unsigned long long* word, unsigned long long bits) {
  return __atomic_fetch_or(word, bits, __ATOMIC_RELAXED);
}
__device__ inline int __ffs(int word) { return __builtin_ffs(word); }
__device__ inline unsigned __float_as_uint(float value) { return __builtin_bit_cast(unsigned, value); }
__device__ inline float __uint_as_float(unsigned bits) { return __builtin_bit_cast(float, bits); }

#include "../common/numbers.h"
#include "../deform_conv2d/deform_blocks.h"
#include "../nms/nms_blocks.h"
#include "../random_keys/key_blocks.h"
#include "../roi_align/pool_blocks.h"
#include "../roi_align/spread_blocks.h"

extern __attribute__((shared)) unsigned char shared[];

template <typename Kernel>
__global__ void run_block(const Kernel kernel) {
  kernel(drcnn::Block(shared));
}

template __global__ void run_block(const drcnn::MakeKeys);
template __global__ void run_block(const drcnn::nms::FindGroups);
#define DRCNN_COMPUTED_IN(T)                                                   \
  template __global__ void run_block(const drcnn::nms::CompareBoxes<T>);       \
  template __global__ void run_block(const drcnn::nms::KeepBoxes<T>);          \
  template __global__ void run_block(const drcnn::roi_align::FindFootprints<T>); \
  template __global__ void run_block(const drcnn::deform::GatherColumns<T>);   \
  template __global__ void run_block(const drcnn::deform::GradientsOfFields<T>); \
  template __global__ void run_block(const drcnn::deform::ListCorners<T>);     \
  template __global__ void run_block(const drcnn::deform::AddCorners<T>);
DRCNN_COMPUTED_IN(float)
DRCNN_COMPUTED_IN(double)
#define DRCNN_STORED_AS(From, T)                                                                                             \
  template __global__ void run_block(const drcnn::roi_align::Pool<drcnn::roi_align::PoolChannelsFirst<From, T>>); \
  template __global__ void run_block(const drcnn::roi_align::Pool<drcnn::roi_align::PoolChannelsLast<From, T>>);  \
  template __global__ void run_block(const drcnn::roi_align::SpreadBins<From, T>);
DRCNN_STORED_AS(float, float)
DRCNN_STORED_AS(double, double)
DRCNN_STORED_AS(drcnn::BFloat16, float)
DRCNN_STORED_AS(drcnn::Float16, float)
template __global__ void run_block(const drcnn::nms::GatherBoxes<float, float>);
template __global__ void run_block(const drcnn::nms::GatherBoxes<double, double>);
template __global__ void run_block(const drcnn::nms::GatherBoxes<drcnn::Float16, float>);
