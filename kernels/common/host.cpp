#include "host.h"

namespace drcnn {
namespace {

drcnn_parallel_for parallel_for_of_host = nullptr;
drcnn_thread_count thread_count_of_host = nullptr;

}  // namespace

int64_t thread_count() {
  uint32_t count = 1;
  if (thread_count_of_host != nullptr) thread_count_of_host(&count);
  return count > 0 ? count : 1;
}

void host::share(int64_t begin, int64_t end, int64_t grain, Part part, void* context) {
  if (parallel_for_of_host == nullptr) {
    part(begin, end, context);
  } else if (parallel_for_of_host(begin, end, grain, part, context) != 0) {
    fail("the host's threads could not run a kernel");
  }
}

}  // namespace drcnn

int32_t drcnn_kernels_version(void) { return DRCNN_KERNELS_VERSION; }
const char* drcnn_kernels_error(void) { return drcnn::kept_error(); }

void drcnn_kernels_use_threads(drcnn_parallel_for parallel_for, drcnn_thread_count thread_count) {
  drcnn::parallel_for_of_host = parallel_for;
  drcnn::thread_count_of_host = thread_count;
}
