// Deformable convolution as an operator of libtorch: the CPU's kernel, and for every device its gradient and its type under autocast.
#include "deform_conv2d.h"

#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

namespace drcnn::deform {
namespace {

using compat::needs_gradient;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

at::Tensor forward(
    const at::Tensor& input, const at::Tensor& weight, const at::Tensor& offset, const optional_tensor& mask,
    const optional_tensor& bias, int64_t stride_h, int64_t stride_w, int64_t pad_h, int64_t pad_w, int64_t dil_h, int64_t dil_w,
    int64_t groups, int64_t offset_groups) {
  const auto shape = check_arguments(
      input, weight, offset, mask, bias, {stride_h, stride_w, pad_h, pad_w, dil_h, dil_w, groups, offset_groups}, false);
  const auto map = dense(shape, input), taps = dense(shape, weight), offsets = dense(shape, offset);
  const auto masks = dense(shape, mask), start = dense(shape, bias);
  const auto output = at::empty({shape.batch, shape.outputs, shape.out_h, shape.out_w}, map.options());
  done(drcnn_deform_conv2d_forward(
      &shape, memory_of(map), memory_of(taps), memory_of(offsets), memory_of(masks), memory_of(start), memory_of(output)));
  return output.to(input.scalar_type());
}

/// Undefined: a gradient that is not needed.
Gradients backward(
    const at::Tensor& grad, const at::Tensor& input, const at::Tensor& weight, const at::Tensor& offset,
    const optional_tensor& mask, int64_t stride_h, int64_t stride_w, int64_t pad_h, int64_t pad_w, int64_t dil_h, int64_t dil_w,
    int64_t groups, int64_t offset_groups, bool needs_input, bool needs_weight, bool needs_offset, bool needs_bias) {
  const auto shape = check_arguments(
      input, weight, offset, mask, {}, {stride_h, stride_w, pad_h, pad_w, dil_h, dil_w, groups, offset_groups}, false);
  check_map("the output's gradient", grad, shape, shape.outputs);
  const auto outer = dense(shape, grad), map = dense(shape, input), taps = dense(shape, weight), offsets = dense(shape, offset);
  const auto masks = dense(shape, mask);
  const auto options = map.options();
  at::Tensor found[5];
  if (needs_input) found[0] = at::empty(input.sizes(), options);
  if (needs_weight) found[1] = at::empty(weight.sizes(), options);
  if (needs_offset) found[2] = at::empty(offset.sizes(), options);
  if (needs_offset && mask.has_value()) found[3] = at::empty(mask->sizes(), options);
  if (needs_bias) found[4] = at::empty({shape.outputs}, options);
  done(drcnn_deform_conv2d_backward(
      &shape, memory_of(outer), memory_of(map), memory_of(taps), memory_of(offsets), memory_of(masks), memory_of(found[0]),
      memory_of(found[1]), memory_of(found[2]), memory_of(found[3]), memory_of(found[4])));
  for (at::Tensor& gradient : found) {
    if (gradient.defined()) gradient = gradient.to(input.scalar_type());
  }
  return {found[0], found[1], found[2], found[3], found[4]};
}

at::Tensor call_forward(
    const at::Tensor& input, const at::Tensor& weight, const at::Tensor& offset, const optional_tensor& mask,
    const optional_tensor& bias, const Options& o) {
  static const auto op =
      c10::Dispatcher::singleton().findSchemaOrThrow("dynamic_rcnn::deform_conv2d", "").typed<decltype(forward)>();
  return op.call(
      input, weight, offset, mask, bias, o.stride_h, o.stride_w, o.pad_h, o.pad_w, o.dil_h, o.dil_w, o.groups, o.offset_groups);
}

struct DeformConv2d : torch::autograd::Function<DeformConv2d> {
  static at::Tensor forward(
      AutogradContext* context, const at::Tensor& input, const at::Tensor& weight, const at::Tensor& offset,
      const optional_tensor& mask, const optional_tensor& bias, const Options& o) {
    at::AutoDispatchBelowADInplaceOrView below_autograd;
    auto output = call_forward(input, weight, offset, mask, bias, o);
    context->save_for_backward({input, weight, offset, mask.has_value() ? *mask : at::Tensor()});
    context->saved_data["options"] =
        std::vector<int64_t>{o.stride_h, o.stride_w, o.pad_h, o.pad_w, o.dil_h, o.dil_w, o.groups, o.offset_groups};
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
                               .typed<decltype(deform::backward)>();
    auto& data = context->saved_data;
    const auto saved = context->get_saved_variables();
    const auto o = data["options"].toIntVector();
    const optional_tensor mask = saved[3].defined() ? optional_tensor(saved[3]) : optional_tensor();
    auto [input, weight, offset, grad_mask, bias] = op.call(
        grads[0], saved[0], saved[1], saved[2], mask, o[0], o[1], o[2], o[3], o[4], o[5], o[6], o[7],
        data["needs_input"].toBool(), data["needs_weight"].toBool(), data["needs_offset"].toBool(), data["needs_bias"].toBool());
    return {input, weight, offset, grad_mask, bias, {}};
  }
};

at::Tensor autograd(
    const at::Tensor& input, const at::Tensor& weight, const at::Tensor& offset, const optional_tensor& mask,
    const optional_tensor& bias, int64_t stride_h, int64_t stride_w, int64_t pad_h, int64_t pad_w, int64_t dil_h, int64_t dil_w,
    int64_t groups, int64_t offset_groups) {
  return DeformConv2d::apply(
      input, weight, offset, mask, bias, Options{stride_h, stride_w, pad_h, pad_w, dil_h, dil_w, groups, offset_groups});
}

/// Positions do not fit bfloat16, so the operator runs in float32 (float64 stays).
template <c10::DispatchKey key, c10::DeviceType device>
at::Tensor autocast(
    const at::Tensor& input, const at::Tensor& weight, const at::Tensor& offset, const optional_tensor& mask,
    const optional_tensor& bias, int64_t stride_h, int64_t stride_w, int64_t pad_h, int64_t pad_w, int64_t dil_h, int64_t dil_w,
    int64_t groups, int64_t offset_groups) {
  c10::impl::ExcludeDispatchKeyGuard below_autocast(key);
  const auto cast = [](const at::Tensor& tensor) { return at::autocast::cached_cast(at::kFloat, tensor, device); };
  const auto cast_optional = [&](const optional_tensor& tensor) {
    return tensor.has_value() ? optional_tensor(cast(*tensor)) : tensor;
  };
  return call_forward(
      cast(input), cast(weight), cast(offset), cast_optional(mask), cast_optional(bias),
      {stride_h, stride_w, pad_h, pad_w, dil_h, dil_w, groups, offset_groups});
}

}  // namespace
}  // namespace drcnn::deform

TORCH_LIBRARY_IMPL(dynamic_rcnn, CPU, m) {
  m.impl("deform_conv2d", drcnn::deform::forward);
  m.impl("_deform_conv2d_backward", drcnn::deform::backward);
}
TORCH_LIBRARY_IMPL(dynamic_rcnn, Autograd, m) { m.impl("deform_conv2d", drcnn::deform::autograd); }
TORCH_LIBRARY_IMPL(dynamic_rcnn, AutocastCPU, m) {
  m.impl("deform_conv2d", drcnn::deform::autocast<c10::DispatchKey::AutocastCPU, c10::DeviceType::CPU>);
}
TORCH_LIBRARY_IMPL(dynamic_rcnn, Autocast, m) {
  m.impl("deform_conv2d", drcnn::deform::autocast<c10::DispatchKey::Autocast, c10::DeviceType::CUDA>);
}
