// Random sort keys on CUDA; see key_blocks.h.
#include "../common/launch.h"
#include "arguments.h"
#include "key_blocks.h"

int32_t drcnn_cuda_random_keys(
    const int64_t* image_ids, int64_t images, int64_t seed, const int64_t* iteration, int64_t purpose, int64_t count,
    int64_t* keys, void* stream) {
  return drcnn::guarded([&] {
    drcnn::check_key_arguments(images, purpose, count);
    const drcnn::MakeKeys make{image_ids, iteration, keys, seed, purpose, images, count};
    drcnn::launch(stream, make, drcnn::parts<int64_t>(make.quads(), drcnn::MakeKeys::kThreads));
  });
}
