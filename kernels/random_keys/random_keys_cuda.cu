// Random sort keys on CUDA: a thread makes the four keys of a Philox block; see keys.h.
#include "../common/cuda.h"
#include "arguments.h"

namespace drcnn {
namespace {

constexpr int kKeyThreads = 256;

/// image_ids [N], iteration [1] -> keys [N, count].
__global__ void __launch_bounds__(kKeyThreads) random_keys_kernel(
    const int64_t* image_ids, int64_t images, int64_t seed, const int64_t* iteration, int64_t purpose, int64_t count,
    int64_t* keys) {
  const int64_t quads = ceil_div<int64_t>(count, 4);  // of an image
  const int64_t index = static_cast<int64_t>(blockIdx.x) * kKeyThreads + threadIdx.x;
  if (index >= images * quads) return;
  const int64_t image = index / quads, column = index % quads * 4;
  const PhiloxBlock block = key_block(seed, *iteration, purpose, image_ids[image], column / 4);
  for (int k = 0; k < 4; k++) {
    if (column + k < count) keys[image * count + column + k] = key_value(block.words[k], column + k);
  }
}

}  // namespace
}  // namespace drcnn

int32_t drcnn_cuda_random_keys(
    const int64_t* image_ids, int64_t images, int64_t seed, const int64_t* iteration, int64_t purpose, int64_t count,
    int64_t* keys, void* stream) {
  return drcnn::guarded([&] {
    drcnn::check_key_arguments(images, purpose, count);
    const int64_t threads = images * drcnn::ceil_div<int64_t>(count, 4);
    const drcnn::Grid grid{drcnn::ceil_div<int64_t>(threads, drcnn::kKeyThreads), drcnn::kKeyThreads, stream};
    drcnn::launch(drcnn::random_keys_kernel, grid, image_ids, images, seed, iteration, purpose, count, keys);
  });
}
