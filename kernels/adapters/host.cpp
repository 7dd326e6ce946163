// libtorch as the kernels' host: when this library is loaded, they get its threads.
#include <ATen/Parallel.h>
#include <c10/util/Exception.h>

#include "drcnn_kernels.h"

namespace {

int32_t share(int64_t begin, int64_t end, int64_t grain, void (*body)(int64_t, int64_t, void*), void* context) {
  try {
    at::parallel_for(begin, end, grain, [&](int64_t from, int64_t to) { body(from, to, context); });
    return 0;
  } catch (...) {  // nothing may be thrown through C
    return -1;
  }
}

int32_t count_threads(uint32_t* count) {
  *count = static_cast<uint32_t>(at::get_num_threads());
  return 0;
}

const bool ready = [] {
  const int32_t version = drcnn_kernels_version();
  TORCH_CHECK(
      version == DRCNN_KERNELS_VERSION, "libdrcnn_kernels is of version ", version, ", expected ", DRCNN_KERNELS_VERSION,
      ": build both libraries together");
  drcnn_kernels_use_threads(share, count_threads);
  return true;
}();

}  // namespace
