#include "launch.h"

namespace drcnn {
bool shim_backwards = false;
}

void drcnn_shim_backwards(int32_t backwards) { drcnn::shim_backwards = backwards != 0; }
