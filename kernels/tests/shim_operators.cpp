// The kernels for a GPU as operators of CPU tensors, namespace dynamic_rcnn_shim, with the arguments of dynamic_rcnn's:
// what kernels/gpu/check.py loads where there is no GPU.
#include <torch/library.h>

#include "../ops/deform_conv2d/deform_conv2d_device.h"
#include "../ops/nms/nms_device.h"
#include "../ops/random_keys/random_keys_device.h"
#include "../ops/roi_align/roi_align_device.h"
#include "shim.h"

TORCH_LIBRARY(dynamic_rcnn_shim, m) {
  m.def("roi_align", drcnn::roi_align_on<drcnn::ShimDevice>);
  m.def("_roi_align_backward", drcnn::roi_align_backward_on<drcnn::ShimDevice>);
  m.def("deform_conv2d", drcnn::deform_conv2d_on<drcnn::ShimDevice>);
  m.def("_deform_conv2d_backward", drcnn::deform_conv2d_backward_on<drcnn::ShimDevice>);
  m.def("nms", drcnn::nms_on<drcnn::ShimDevice>);
  m.def("batched_nms", drcnn::batched_nms_on<drcnn::ShimDevice>);
  m.def("nms_keep", drcnn::nms_keep_on<drcnn::ShimDevice>);
  m.def("random_keys", drcnn::random_keys_on<drcnn::ShimDevice>);
}
