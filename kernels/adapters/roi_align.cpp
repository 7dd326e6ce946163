// RoIAlign as operators of the CPU, and its place in autograd and in autocast, for every device: save, forward, and cast.
#include "roi_align.h"

#include <ATen/autocast_mode.h>
#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/empty.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <algorithm>

namespace drcnn {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// The numbers of a call alone, before memory is asked for: without images and RoIs there is nothing else to do.
void check_numbers(drcnn_roi_align call) {
  call.batch = std::min<int64_t>(call.batch, 0);
  call.rois = 0;
  done(drcnn_roi_align_forward(&call, nullptr, nullptr, nullptr));
}

void pool(drcnn_roi_align call, const at::Tensor& input, const at::Tensor& rois, at::Tensor& pooled) {
  const bool last = input.is_contiguous(at::MemoryFormat::ChannelsLast);
  call.channels_last = last;
  const auto map = last ? input : input.contiguous();
  const auto boxes = rois_for(input.scalar_type(), rois);
  done(drcnn_roi_align_forward(&call, map.data_ptr(), boxes.data_ptr(), pooled.data_ptr()));
}

at::Tensor roi_align_cpu(
    const at::Tensor& input, const at::Tensor& rois, double spatial_scale, int64_t pooled_height, int64_t pooled_width,
    int64_t sampling_ratio, bool aligned) {
  const auto call = roi_align_call(input, rois, spatial_scale, pooled_height, pooled_width, sampling_ratio, aligned, false);
  check_numbers(call);
  auto pooled = at::empty({call.rois, call.channels, pooled_height, pooled_width}, input.options());
  pool(call, input, rois, pooled);
  return pooled;
}

/// Into rows of pooled, which padding rows leave as they are. Not recorded.
void roi_align_into_cpu(
    at::Tensor& pooled, const at::Tensor& input, const at::Tensor& rois, double spatial_scale, int64_t sampling_ratio,
    bool aligned) {
  check_roi_align_input(input, false);
  TORCH_CHECK(
      pooled.dim() == 4 && pooled.size(0) == rois.size(0) && pooled.size(1) == input.size(1) && pooled.is_contiguous() &&
          pooled.device() == input.device() && pooled.scalar_type() == input.scalar_type(),
      "_roi_align_into: pooled is ", pooled.scalar_type(), pooled.sizes(), ", expected a contiguous ", input.scalar_type(), " of ",
      rois.size(0), " RoIs and ", input.size(1), " channels");
  auto call = roi_align_call(input, rois, spatial_scale, pooled.size(2), pooled.size(3), sampling_ratio, aligned, false);
  call.keep_padding = 1;
  pool(call, input, rois, pooled);
}

/// channels_last asks for the layout of a channels-last input; the CPU's gradient is channels-first whatever it says.
at::Tensor roi_align_backward_cpu(
    const at::Tensor& grad, const at::Tensor& rois, double spatial_scale, int64_t pooled_height, int64_t pooled_width,
    int64_t batch, int64_t channels, int64_t height, int64_t width, int64_t sampling_ratio, bool aligned, bool) {
  const auto call = roi_align_gradient_call(
      grad, rois, spatial_scale, pooled_height, pooled_width, batch, channels, height, width, sampling_ratio, aligned, false,
      false);
  check_numbers(call);
  auto grad_input = at::empty({batch, channels, height, width}, grad.options());
  const auto source = grad.contiguous(), boxes = rois_for(grad.scalar_type(), rois);
  done(drcnn_roi_align_backward(&call, source.data_ptr(), boxes.data_ptr(), grad_input.data_ptr()));
  return grad_input;
}

at::Tensor call_forward(
    const at::Tensor& input, const at::Tensor& rois, double spatial_scale, int64_t pooled_height, int64_t pooled_width,
    int64_t sampling_ratio, bool aligned) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("dynamic_rcnn::roi_align", "")
                             .typed<decltype(roi_align_cpu)>();
  return op.call(input, rois, spatial_scale, pooled_height, pooled_width, sampling_ratio, aligned);
}

at::Tensor call_backward(
    const at::Tensor& grad, const at::Tensor& rois, double spatial_scale, int64_t pooled_height, int64_t pooled_width,
    int64_t batch, int64_t channels, int64_t height, int64_t width, int64_t sampling_ratio, bool aligned,
    bool channels_last) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("dynamic_rcnn::_roi_align_backward", "")
                             .typed<decltype(roi_align_backward_cpu)>();
  return op.call(
      grad, rois, spatial_scale, pooled_height, pooled_width, batch, channels, height, width, sampling_ratio, aligned,
      channels_last);
}

struct RoiAlign : torch::autograd::Function<RoiAlign> {
  static at::Tensor forward(
      AutogradContext* context, const at::Tensor& input, const at::Tensor& rois, double spatial_scale,
      int64_t pooled_height, int64_t pooled_width, int64_t sampling_ratio, bool aligned) {
    at::AutoDispatchBelowADInplaceOrView below_autograd;
    auto pooled = call_forward(input, rois, spatial_scale, pooled_height, pooled_width, sampling_ratio, aligned);
    context->save_for_backward({rois});
    context->saved_data["spatial_scale"] = spatial_scale;
    context->saved_data["pooled_height"] = pooled_height;
    context->saved_data["pooled_width"] = pooled_width;
    context->saved_data["sampling_ratio"] = sampling_ratio;
    context->saved_data["aligned"] = aligned;
    context->saved_data["input_shape"] = input.sizes().vec();
    context->saved_data["channels_last"] =
        !input.is_contiguous() && input.is_contiguous(at::MemoryFormat::ChannelsLast);
    return pooled;
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    auto& saved = context->saved_data;
    const auto shape = saved["input_shape"].toIntVector();
    auto grad_input = call_backward(
        grads[0], context->get_saved_variables()[0], saved["spatial_scale"].toDouble(), saved["pooled_height"].toInt(),
        saved["pooled_width"].toInt(), shape[0], shape[1], shape[2], shape[3], saved["sampling_ratio"].toInt(),
        saved["aligned"].toBool(), saved["channels_last"].toBool());
    return {grad_input, {}, {}, {}, {}, {}, {}};
  }
};

/// The gradient is linear in grad, but nothing in a detector differentiates it again.
struct RoiAlignBackward : torch::autograd::Function<RoiAlignBackward> {
  static at::Tensor forward(
      AutogradContext*, const at::Tensor& grad, const at::Tensor& rois, double spatial_scale, int64_t pooled_height,
      int64_t pooled_width, int64_t batch, int64_t channels, int64_t height, int64_t width, int64_t sampling_ratio,
      bool aligned, bool channels_last) {
    at::AutoDispatchBelowADInplaceOrView below_autograd;
    return call_backward(
        grad, rois, spatial_scale, pooled_height, pooled_width, batch, channels, height, width, sampling_ratio,
        aligned, channels_last);
  }

  static variable_list backward(AutogradContext*, variable_list) {
    TORCH_CHECK(false, "roi_align: the gradient of its gradient is not implemented.");
  }
};

at::Tensor roi_align_autograd(
    const at::Tensor& input, const at::Tensor& rois, double spatial_scale, int64_t pooled_height, int64_t pooled_width,
    int64_t sampling_ratio, bool aligned) {
  return RoiAlign::apply(input, rois, spatial_scale, pooled_height, pooled_width, sampling_ratio, aligned);
}

at::Tensor roi_align_backward_autograd(
    const at::Tensor& grad, const at::Tensor& rois, double spatial_scale, int64_t pooled_height, int64_t pooled_width,
    int64_t batch, int64_t channels, int64_t height, int64_t width, int64_t sampling_ratio, bool aligned,
    bool channels_last) {
  return RoiAlignBackward::apply(
      grad, rois, spatial_scale, pooled_height, pooled_width, batch, channels, height, width, sampling_ratio, aligned,
      channels_last);
}

/// Box coordinates do not fit bfloat16, so the RoIs are float32 (float64 stays). The CPU's map becomes float32 too; CUDA
/// reads the map in the type it has and computes in float32: a float32 copy of it would cost more than the operator.
template <c10::DispatchKey key, c10::DeviceType device>
at::Tensor roi_align_autocast(
    const at::Tensor& input, const at::Tensor& rois, double spatial_scale, int64_t pooled_height, int64_t pooled_width,
    int64_t sampling_ratio, bool aligned) {
  c10::impl::ExcludeDispatchKeyGuard below_autocast(key);
  return call_forward(
      device == c10::DeviceType::CPU ? at::autocast::cached_cast(at::kFloat, input, device) : input,
      at::autocast::cached_cast(at::kFloat, rois, device), spatial_scale, pooled_height, pooled_width, sampling_ratio,
      aligned);
}

}  // namespace
}  // namespace drcnn

TORCH_LIBRARY_IMPL(dynamic_rcnn, CPU, m) {
  m.impl("roi_align", drcnn::roi_align_cpu);
  m.impl("_roi_align_into", drcnn::roi_align_into_cpu);
  m.impl("_roi_align_backward", drcnn::roi_align_backward_cpu);
}
TORCH_LIBRARY_IMPL(dynamic_rcnn, Autograd, m) {
  m.impl("roi_align", drcnn::roi_align_autograd);
  m.impl("_roi_align_backward", drcnn::roi_align_backward_autograd);
}
TORCH_LIBRARY_IMPL(dynamic_rcnn, AutocastCPU, m) {
  m.impl("roi_align", drcnn::roi_align_autocast<c10::DispatchKey::AutocastCPU, c10::DeviceType::CPU>);
}
TORCH_LIBRARY_IMPL(dynamic_rcnn, Autocast, m) {
  m.impl("roi_align", drcnn::roi_align_autocast<c10::DispatchKey::Autocast, c10::DeviceType::CUDA>);
}
