// The convolutions of float32, compiled for one instruction set.
#include <algorithm>
#include <cstring>
#include <memory>

#include "convolution.h"
#include "isa.h"
#include "threads.h"
#include "transforms.h"

#define DRCNN_VERSION plain
#define DRCNN_LANES 4
#define DRCNN_VECTORS 2
#include "forms.h"
