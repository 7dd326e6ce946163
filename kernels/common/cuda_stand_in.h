// CUDA's words on the CPU, so that any C++ compiler runs the kernels as they are written, for tests.
//
// Blocks run one after another. A thread is a stack of its own that runs until __syncthreads(), where the next one goes on, so a barrier means
// what it means on a GPU; what lies between two barriers is done thread by thread, forwards or backwards: a result that depends on the order is
// a missing barrier. Shared memory holds what an earlier block left there, or garbage.
#pragma once

#include <cstring>
#include <functional>

#include "drcnn_kernels.h"

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __grid_constant__
#define __launch_bounds__(...)
#define __shared__ static thread_local
#define DRCNN_DYNAMIC_SHARED(name) unsigned char* const name = drcnn::stand_in::dynamic_shared

/// Not 0: blocks and threads run in the opposite order.
extern "C" DRCNN_KERNELS_API void drcnn_shim_backwards(int32_t backwards);

namespace drcnn::stand_in {

struct Index {
  unsigned x;
};

extern thread_local Index thread_index, block_index;
/// As large as asked for and no larger, so that the address sanitizer sees what goes beyond it.
extern thread_local unsigned char* dynamic_shared;

/// Calls `thread` for each thread of each block.
void run(const Grid& grid, const std::function<void()>& thread);

}  // namespace drcnn::stand_in

#define threadIdx drcnn::stand_in::thread_index
#define blockIdx drcnn::stand_in::block_index

void __syncthreads();

inline unsigned atomicOr(unsigned* word, unsigned bits) {
  const unsigned before = *word;
  *word |= bits;
  return before;
}

inline unsigned long long atomicOr(unsigned long long* word, unsigned long long bits) {
  const unsigned long long before = *word;
  *word |= bits;
  return before;
}

inline int __ffs(int word) { return __builtin_ffs(word); }

namespace drcnn {

template <typename... Parameters, typename... Arguments>
void launch(void (*kernel)(Parameters...), const Grid& grid, const Arguments&... arguments) {
  check_blocks(grid.blocks);
  stand_in::run(grid, [&] { kernel(arguments...); });
}

inline void clear(void*, void* memory, int64_t bytes) {
  if (bytes > 0) std::memset(memory, 0, static_cast<size_t>(bytes));
}

}  // namespace drcnn
