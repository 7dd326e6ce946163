// Deformable convolution on CUDA, forward and backward; see deform_blocks.h and deform_conv2d_device.h.
#include <torch/library.h>

#include "../device/launch_cuda.cuh"
#include "deform_conv2d_device.h"

TORCH_LIBRARY_IMPL(dynamic_rcnn, CUDA, m) {
  m.impl("deform_conv2d", drcnn::deform_conv2d_on<drcnn::CudaDevice>);
  m.impl("_deform_conv2d_backward", drcnn::deform_conv2d_backward_on<drcnn::CudaDevice>);
}
