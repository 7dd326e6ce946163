// Which way a convolution is computed, and its gradients.
#include <ATen/core/LegacyTypeDispatch.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "convolution.h"

namespace drcnn {
namespace {

using compat::needs_gradient;
using compat::optional_tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

enum class Way { kLibrary, kWinograd, kPointwise };

bool is_plain(const at::Tensor& tensor) { return tensor.device().is_cpu() && tensor.scalar_type() == at::kFloat; }
bool is_plain(const optional_tensor& tensor) { return !tensor.has_value() || is_plain(*tensor); }

int64_t output_side(int64_t side, int64_t stride) { return side == 0 ? 0 : (side - 1) / stride + 1; }

/// Of arguments that do not agree the library has to say so.
Way way_of(
    const at::Tensor& input, const at::Tensor& weight, const optional_tensor& bias, const optional_tensor& residual,
    int64_t stride) {
  const bool plain = is_plain(input) && is_plain(weight) && is_plain(bias) && is_plain(residual);
  if (!plain || compat::autocast(c10::DeviceType::CPU).on || stride < 1) return Way::kLibrary;
  // Who lays maps out with their channels last wants the library's kernels for them.
  if (!input.is_contiguous() && input.is_contiguous(at::MemoryFormat::ChannelsLast)) return Way::kLibrary;
  if (input.dim() != 4 || weight.dim() != 4 || input.size(1) != weight.size(1)) return Way::kLibrary;
  if (bias.has_value() && (bias->dim() != 1 || bias->size(0) != weight.size(0))) return Way::kLibrary;
  const int64_t height = input.size(2), width = input.size(3);
  const std::vector<int64_t> output{
      input.size(0), weight.size(0), output_side(height, stride), output_side(width, stride)};
  if (residual.has_value() && residual->sizes() != at::IntArrayRef(output)) return Way::kLibrary;
  if (height == 0 || width == 0 || weight.numel() == 0 || weight.size(2) != weight.size(3)) return Way::kLibrary;
  if (weight.size(2) == 1 && conv::pointwise_repays()) return Way::kPointwise;
  const bool filter = weight.size(2) == 3 && stride == 1;
  return filter && conv::winograd_repays(input.size(0), input.size(1), weight.size(0), height, width) ? Way::kWinograd
                                                                                                     : Way::kLibrary;
}

/// Contiguous, or undefined where there is none.
at::Tensor dense(const optional_tensor& tensor) { return tensor.has_value() ? tensor->contiguous() : at::Tensor(); }
const float* data_of(const at::Tensor& tensor) { return tensor.defined() ? tensor.data_ptr<float>() : nullptr; }

at::Tensor compute(
    Way way, const at::Tensor& input, const at::Tensor& weight, const optional_tensor& bias,
    const optional_tensor& residual, int64_t stride, bool relu, const optional_tensor& scale = {}) {
  const auto factor = dense(scale), shift = dense(bias), more = dense(residual);
  const conv::Finish finish{data_of(factor), data_of(shift), data_of(more), relu};
  return way == Way::kWinograd ? conv::winograd(input.contiguous(), weight.contiguous(), finish)
                               : conv::pointwise(input.contiguous(), weight.contiguous(), stride, finish);
}

struct Convolution : torch::autograd::Function<Convolution> {
  static at::Tensor forward(
      AutogradContext* context, const at::Tensor& input, const at::Tensor& weight, const optional_tensor& bias,
      const optional_tensor& residual, int64_t stride, bool relu, int64_t way) {
    at::AutoDispatchBelowADInplaceOrView below_autograd;
    auto output = compute(static_cast<Way>(way), input, weight, bias, residual, stride, relu);
    context->save_for_backward({input, weight, relu ? output : at::Tensor()});
    auto& data = context->saved_data;
    data["stride"] = stride;
    data["way"] = way;
    data["needs_input"] = input.requires_grad();
    data["needs_weight"] = weight.requires_grad();
    data["needs_bias"] = needs_gradient(bias);
    data["needs_residual"] = needs_gradient(residual);
    return output;
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    // Nothing in a detector differentiates it twice.
    TORCH_CHECK(!at::GradMode::is_enabled(), "convolution: the gradient of its gradient is not implemented.");
    const auto saved = context->get_saved_variables();
    const at::Tensor &input = saved[0], &weight = saved[1], &output = saved[2];
    auto& data = context->saved_data;
    const auto grad = (output.defined() ? at::threshold_backward(grads[0], output, 0) : grads[0]).contiguous();
    const int64_t stride = data["stride"].toInt();
    const bool needs_input = data["needs_input"].toBool(), ours = stride == 1;
    at::Tensor input_gradient, weight_gradient, bias_gradient, residual_gradient;
    if (needs_input && ours) {
      input_gradient = static_cast<Way>(data["way"].toInt()) == Way::kWinograd
                           ? conv::winograd_gradient(grad, weight.contiguous())
                           : conv::pointwise_gradient(grad, weight.contiguous());
    }
    const bool by_library[3] = {needs_input && !ours, data["needs_weight"].toBool(), false};
    if (by_library[0] || by_library[1]) {
      const int64_t padding = weight.size(2) / 2;
      auto rest = at::convolution_backward(
          grad, input, weight, c10::nullopt, {stride, stride}, {padding, padding}, {1, 1}, false, {0, 0}, 1,
          {by_library[0], by_library[1], by_library[2]});
      if (by_library[0]) input_gradient = std::get<0>(rest);
      weight_gradient = std::get<1>(rest);
    }
    if (data["needs_bias"].toBool()) bias_gradient = grad.sum({0, 2, 3});
    if (data["needs_residual"].toBool()) residual_gradient = grad;
    return {input_gradient, weight_gradient, bias_gradient, residual_gradient, {}, {}, {}};
  }
};

}  // namespace

at::Tensor convolution(
    const at::Tensor& input, const at::Tensor& weight, const optional_tensor& bias, const optional_tensor& residual,
    int64_t stride, bool relu, const optional_tensor& scale) {
  const Way way = way_of(input, weight, bias, residual, stride);
  if (scale.has_value()) {
    const bool recorded = at::GradMode::is_enabled() && (input.requires_grad() || weight.requires_grad() ||
                                                         needs_gradient(bias) || needs_gradient(residual) || needs_gradient(scale));
    const bool plain = is_plain(scale) && scale->dim() == 1 && weight.dim() > 0 && scale->size(0) == weight.size(0);
    if (way != Way::kLibrary && plain && !recorded) {
      return compute(way, input, weight, bias, residual, stride, relu, scale);
    }
    return convolution(input, weight * scale->view({-1, 1, 1, 1}), bias, residual, stride, relu, {});
  }
  if (way != Way::kLibrary) {
    return Convolution::apply(input, weight, bias, residual, stride, relu, static_cast<int64_t>(way));
  }
  auto output = at::conv2d(input, weight, bias, stride, weight.dim() == 4 ? weight.size(2) / 2 : 0);
  if (residual.has_value()) output.add_(*residual);
  return relu ? output.relu_() : output;
}

}  // namespace drcnn

TORCH_LIBRARY_IMPL(dynamic_rcnn, CompositeImplicitAutograd, m) {
  m.impl("convolution", drcnn::convolution);
}
