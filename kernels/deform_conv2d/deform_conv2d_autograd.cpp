// Deformable convolution's place in autograd and in autocast, for every backend: save, forward, and cast.
#include <ATen/autocast_mode.h>
#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "deform_conv2d.h"

namespace drcnn {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;
using compat::needs_gradient;
using compat::optional_tensor;

at::Tensor call_forward(
    const at::Tensor& input, const at::Tensor& weight, const at::Tensor& offset, const optional_tensor& mask,
    const optional_tensor& bias, int64_t stride_h, int64_t stride_w, int64_t pad_h, int64_t pad_w, int64_t dil_h,
    int64_t dil_w, int64_t groups, int64_t offset_groups) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("dynamic_rcnn::deform_conv2d", "")
                             .typed<decltype(deform_conv2d_cpu)>();
  return op.call(
      input, weight, offset, mask, bias, stride_h, stride_w, pad_h, pad_w, dil_h, dil_w, groups, offset_groups);
}

struct DeformConv2d : torch::autograd::Function<DeformConv2d> {
  static at::Tensor forward(
      AutogradContext* context, const at::Tensor& input, const at::Tensor& weight, const at::Tensor& offset,
      const optional_tensor& mask, const optional_tensor& bias, int64_t stride_h, int64_t stride_w, int64_t pad_h,
      int64_t pad_w, int64_t dil_h, int64_t dil_w, int64_t groups, int64_t offset_groups) {
    at::AutoDispatchBelowADInplaceOrView below_autograd;
    auto output = call_forward(
        input, weight, offset, mask, bias, stride_h, stride_w, pad_h, pad_w, dil_h, dil_w, groups, offset_groups);
    context->save_for_backward({input, weight, offset, mask.has_value() ? *mask : at::Tensor()});
    context->saved_data["options"] =
        std::vector<int64_t>{stride_h, stride_w, pad_h, pad_w, dil_h, dil_w, groups, offset_groups};
    context->saved_data["needs_input"] = input.requires_grad();
    context->saved_data["needs_weight"] = weight.requires_grad();
    context->saved_data["needs_offset"] = offset.requires_grad() || needs_gradient(mask);
    context->saved_data["needs_bias"] = needs_gradient(bias);
    return output;
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    // Nothing in a detector differentiates it twice.
    TORCH_CHECK(!at::GradMode::is_enabled(), "deform_conv2d: the gradient of its gradient is not implemented.");
    static const auto op = c10::Dispatcher::singleton()
                               .findSchemaOrThrow("dynamic_rcnn::_deform_conv2d_backward", "")
                               .typed<decltype(deform_conv2d_backward_cpu)>();
    auto& data = context->saved_data;
    const auto saved = context->get_saved_variables();
    const auto options = data["options"].toIntVector();
    const optional_tensor mask = saved[3].defined() ? optional_tensor(saved[3]) : optional_tensor();
    auto [input, weight, offset, grad_mask, bias] = op.call(
        grads[0], saved[0], saved[1], saved[2], mask, options[0], options[1], options[2], options[3], options[4],
        options[5], options[6], options[7], data["needs_input"].toBool(), data["needs_weight"].toBool(),
        data["needs_offset"].toBool(), data["needs_bias"].toBool());
    return {input, weight, offset, grad_mask, bias, {}, {}, {}, {}, {}, {}, {}, {}};
  }
};

at::Tensor deform_conv2d_autograd(
    const at::Tensor& input, const at::Tensor& weight, const at::Tensor& offset, const optional_tensor& mask,
    const optional_tensor& bias, int64_t stride_h, int64_t stride_w, int64_t pad_h, int64_t pad_w, int64_t dil_h,
    int64_t dil_w, int64_t groups, int64_t offset_groups) {
  return DeformConv2d::apply(
      input, weight, offset, mask, bias, stride_h, stride_w, pad_h, pad_w, dil_h, dil_w, groups, offset_groups);
}

/// Positions do not fit bfloat16, so the operator runs in float32 (float64 stays).
template <c10::DispatchKey key, c10::DeviceType device>
at::Tensor deform_conv2d_autocast(
    const at::Tensor& input, const at::Tensor& weight, const at::Tensor& offset, const optional_tensor& mask,
    const optional_tensor& bias, int64_t stride_h, int64_t stride_w, int64_t pad_h, int64_t pad_w, int64_t dil_h,
    int64_t dil_w, int64_t groups, int64_t offset_groups) {
  c10::impl::ExcludeDispatchKeyGuard below_autocast(key);
  const auto cast = [](const at::Tensor& tensor) { return at::autocast::cached_cast(at::kFloat, tensor, device); };
  const auto cast_optional = [&](const optional_tensor& tensor) {
    return tensor.has_value() ? optional_tensor(cast(*tensor)) : tensor;
  };
  return call_forward(
      cast(input), cast(weight), cast(offset), cast_optional(mask), cast_optional(bias), stride_h, stride_w, pad_h,
      pad_w, dil_h, dil_w, groups, offset_groups);
}

}  // namespace
}  // namespace drcnn

TORCH_LIBRARY_IMPL(dynamic_rcnn, Autograd, m) {
  m.impl("deform_conv2d", drcnn::deform_conv2d_autograd);
}
TORCH_LIBRARY_IMPL(dynamic_rcnn, AutocastCPU, m) {
  m.impl("deform_conv2d", drcnn::deform_conv2d_autocast<c10::DispatchKey::AutocastCPU, c10::DeviceType::CPU>);
}
TORCH_LIBRARY_IMPL(dynamic_rcnn, Autocast, m) {
  m.impl("deform_conv2d", drcnn::deform_conv2d_autocast<c10::DispatchKey::Autocast, c10::DeviceType::CUDA>);
}
