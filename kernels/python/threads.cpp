// OpenMP's threads, which a torch of Debian computes with too, as drcnn_kernels_use_threads wants them.
#include <omp.h>

#include <cstdint>

extern "C" int32_t share(int64_t begin, int64_t end, int64_t grain, void (*body)(int64_t, int64_t, void*), void* context) {
  const int64_t most = grain > 1 ? (end - begin) / grain : end - begin;
  const int64_t threads = omp_get_max_threads(), parts = most < threads ? (most < 1 ? 1 : most) : threads;
  if (parts == 1 || omp_in_parallel()) {
    body(begin, end, context);
    return 0;
  }
  const int64_t size = (end - begin + parts - 1) / parts;
#pragma omp parallel num_threads(static_cast<int>(parts))
  {
    const int64_t from = begin + omp_get_thread_num() * size;
    if (from < end) body(from, from + size < end ? from + size : end, context);
  }
  return 0;
}

extern "C" int32_t count(uint32_t* threads) {
  *threads = static_cast<uint32_t>(omp_get_max_threads());
  return 0;
}
