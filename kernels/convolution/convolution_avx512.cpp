// The convolutions of float32, compiled for one instruction set.
#include <algorithm>
#include <cstring>
#include <memory>

#include "convolution.h"
#include "isa.h"
#include "threads.h"
#include "transforms.h"

#if DRCNN_X86
// What stands above is compiled for any processor; what stands below is not.
#pragma GCC target("avx2,fma,avx512f,avx512vl,avx512bw,avx512dq")
#define DRCNN_VERSION avx512
#define DRCNN_LANES 16
#define DRCNN_VECTORS 4
#include "forms.h"
#endif
