// RoIAlign as operators of a device. A RoI whose image index is NaN or too large gives NaN: an error would have to wait for the device.
#include "../roi_align.h"

#include <ATen/ops/empty.h>

#include "device.h"

namespace drcnn {
namespace {

/// As the CPU's, of float16 too.
at::Tensor roi_align_on(
    const at::Tensor& input, const at::Tensor& rois, double spatial_scale, int64_t pooled_height, int64_t pooled_width,
    int64_t sampling_ratio, bool aligned) {
  auto call = roi_align_call(input, rois, spatial_scale, pooled_height, pooled_width, sampling_ratio, aligned, true);
  TORCH_CHECK(drcnn_cuda_roi_align_backward_scratch(&call) >= 0, drcnn_cuda_error());  // the numbers, before memory is asked for
  const Device device(input);
  auto pooled = at::empty({call.rois, call.channels, pooled_height, pooled_width}, input.options());
  call.channels_last = !input.is_contiguous() && input.is_contiguous(at::MemoryFormat::ChannelsLast);
  const auto map = call.channels_last ? input : input.contiguous();
  const auto boxes = rois_for(input.scalar_type(), rois);
  done_on_device(
      drcnn_cuda_roi_align_forward(&call, map.data_ptr(), boxes.data_ptr(), pooled.data_ptr(), device.stream()));
  return pooled;
}

/// As the CPU's, of float16 too, in the layout that channels_last asks for.
at::Tensor roi_align_backward_on(
    const at::Tensor& grad, const at::Tensor& rois, double spatial_scale, int64_t pooled_height, int64_t pooled_width,
    int64_t batch, int64_t channels, int64_t height, int64_t width, int64_t sampling_ratio, bool aligned, bool channels_last) {
  const auto call = roi_align_gradient_call(
      grad, rois, spatial_scale, pooled_height, pooled_width, batch, channels, height, width, sampling_ratio, aligned,
      channels_last, true);
  const Device device(grad);
  const auto scratch = scratch_of(drcnn_cuda_roi_align_backward_scratch(&call), grad);
  auto grad_input = at::empty(
      {batch, channels, height, width}, grad.options(),
      channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous);
  const auto source = grad.contiguous(), boxes = rois_for(grad.scalar_type(), rois);
  done_on_device(drcnn_cuda_roi_align_backward(
      &call, source.data_ptr(), boxes.data_ptr(), grad_input.data_ptr(), scratch.data_ptr(), device.stream()));
  return grad_input;
}

}  // namespace
}  // namespace drcnn

DRCNN_DEVICE_LIBRARY(m) {
  drcnn::add_to(m, "roi_align", drcnn::roi_align_on);
  drcnn::add_to(m, "_roi_align_backward", drcnn::roi_align_backward_on);
}
