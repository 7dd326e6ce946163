// NMS on CUDA; see nms_blocks.h.
#include <torch/library.h>

#include "../device/launch_cuda.cuh"
#include "nms_device.h"

TORCH_LIBRARY_IMPL(dynamic_rcnn, CUDA, m) {
  m.impl("nms", drcnn::nms_on<drcnn::CudaDevice>);
  m.impl("batched_nms", drcnn::batched_nms_on<drcnn::CudaDevice>);
  m.impl("nms_keep", drcnn::nms_keep_on<drcnn::CudaDevice>);
}
