#include "host.h"

const char* drcnn_cuda_error(void) { return drcnn::kept_error(); }
