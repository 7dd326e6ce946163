// RoIAlign on CUDA, forward and backward; see pool_blocks.h and spread_blocks.h.
#include <torch/library.h>

#include "../device/launch_cuda.cuh"
#include "roi_align_device.h"

TORCH_LIBRARY_IMPL(dynamic_rcnn, CUDA, m) {
  m.impl("roi_align", drcnn::roi_align_on<drcnn::CudaDevice>);
  m.impl("_roi_align_backward", drcnn::roi_align_backward_on<drcnn::CudaDevice>);
}
