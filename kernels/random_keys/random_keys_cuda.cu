// Random sort keys on CUDA; see key_blocks.h.
#include <torch/library.h>

#include "../device/launch_cuda.cuh"
#include "random_keys_device.h"

TORCH_LIBRARY_IMPL(dynamic_rcnn, CUDA, m) { m.impl("random_keys", drcnn::random_keys_on<drcnn::CudaDevice>); }
