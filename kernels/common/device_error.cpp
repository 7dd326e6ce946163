// What the library of the CUDA kernels says of itself.
#include "host.h"

int32_t drcnn_cuda_version(void) { return DRCNN_KERNELS_VERSION; }
const char* drcnn_cuda_error(void) { return drcnn::kept_error(); }
