// Convolution as an operator of libtorch: float32 on the CPU is ours, with its gradients; everything else is at::conv2d.
#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "../torch_c/compat.h"
#include "status.h"

namespace drcnn {
namespace {

using compat::needs_gradient;
using compat::optional_tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

bool is_plain(const at::Tensor& tensor) { return tensor.device().is_cpu() && tensor.scalar_type() == at::kFloat; }
bool is_plain(const optional_tensor& tensor) { return !tensor.has_value() || is_plain(*tensor); }

drcnn_convolution call_of(const at::Tensor& input, const at::Tensor& weight, int64_t stride, bool relu) {
  return {input.size(0), input.size(1), weight.size(0), input.size(2), input.size(3), weight.size(2), stride, drcnn_float32, relu};
}

int64_t output_side(int64_t side, int64_t stride) { return side == 0 ? 0 : (side - 1) / stride + 1; }

std::vector<int64_t> output_shape(const at::Tensor& input, const at::Tensor& weight, int64_t stride) {
  return {input.size(0), weight.size(0), output_side(input.size(2), stride), output_side(input.size(3), stride)};
}

/// Of arguments that do not agree the library has to say so.
bool is_ours(
    const at::Tensor& input, const at::Tensor& weight, const optional_tensor& bias, const optional_tensor& residual,
    int64_t stride) {
  const bool plain = is_plain(input) && is_plain(weight) && is_plain(bias) && is_plain(residual);
  if (!plain || compat::autocast(c10::DeviceType::CPU).on || stride < 1) return false;
  if (input.dim() != 4 || weight.dim() != 4 || input.size(1) != weight.size(1)) return false;
  if (weight.size(2) != weight.size(3) || weight.size(2) % 2 == 0) return false;
  if (input.size(2) == 0 || input.size(3) == 0 || weight.numel() == 0) return false;
  if (bias.has_value() && (bias->dim() != 1 || bias->size(0) != weight.size(0))) return false;
  return !residual.has_value() || residual->sizes() == at::IntArrayRef(output_shape(input, weight, stride));
}

/// Contiguous, or undefined where there is none.
at::Tensor dense(const optional_tensor& tensor) { return tensor.has_value() ? tensor->contiguous() : at::Tensor(); }
const float* data_of(const at::Tensor& tensor) { return tensor.defined() ? tensor.data_ptr<float>() : nullptr; }

at::Tensor compute(
    const at::Tensor& input, const at::Tensor& weight, const optional_tensor& bias, const optional_tensor& residual,
    int64_t stride, bool relu, const optional_tensor& scale = {}) {
  const auto from = input.contiguous(), taps = weight.contiguous();
  const auto factor = dense(scale), shift = dense(bias), more = dense(residual);
  auto output = at::empty(output_shape(input, weight, stride), input.options());
  const drcnn_convolution call = call_of(input, weight, stride, relu);
  done(drcnn_convolution_forward(
      &call, data_of(from), data_of(taps), data_of(factor), data_of(shift), data_of(more), output.data_ptr<float>()));
  return output;
}

using Gradients = std::tuple<at::Tensor, at::Tensor, at::Tensor>;

/// Of input, weight and bias; undefined where not needed.
Gradients convolution_backward(
    const at::Tensor& grad, const at::Tensor& input, const at::Tensor& weight, int64_t stride, bool needs_input, bool needs_weight,
    bool needs_bias) {
  const drcnn_convolution call = call_of(input, weight, stride, false);
  at::Tensor of_input, of_weight, of_bias;
  if (needs_input) {
    of_input = at::empty_like(input);
    done(drcnn_convolution_input_gradient(&call, data_of(grad), data_of(weight), of_input.data_ptr<float>()));
  }
  if (needs_weight) {
    of_weight = at::empty_like(weight);
    done(drcnn_convolution_weight_gradient(&call, data_of(input), data_of(grad), of_weight.data_ptr<float>()));
  }
  if (needs_bias) {
    of_bias = at::empty({weight.size(0)}, weight.options());
    done(drcnn_convolution_bias_gradient(&call, data_of(grad), of_bias.data_ptr<float>()));
  }
  return {of_input, of_weight, of_bias};
}

struct Convolution : torch::autograd::Function<Convolution> {
  static at::Tensor forward(
      AutogradContext* context, const at::Tensor& input, const at::Tensor& weight, const optional_tensor& bias,
      const optional_tensor& residual, int64_t stride, bool relu) {
    at::AutoDispatchBelowADInplaceOrView below_autograd;
    auto output = compute(input, weight, bias, residual, stride, relu);
    context->save_for_backward({input, weight, relu ? output : at::Tensor()});
    auto& data = context->saved_data;
    data["stride"] = stride;
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
    const auto input = saved[0].contiguous(), weight = saved[1].contiguous(), output = saved[2];
    auto& data = context->saved_data;
    const drcnn_convolution call = call_of(input, weight, data["stride"].toInt(), false);
    auto grad = grads[0].contiguous();
    if (output.defined()) {
      const auto sums = at::empty_like(output);
      done(drcnn_convolution_relu_gradient(&call, data_of(grad), data_of(output), sums.data_ptr<float>()));
      grad = sums;
    }
    static const auto op = c10::Dispatcher::singleton()
                               .findSchemaOrThrow("dynamic_rcnn::_convolution_backward", "")
                               .typed<decltype(convolution_backward)>();
    const auto [of_input, of_weight, of_bias] = op.call(
        grad, input, weight, data["stride"].toInt(), data["needs_input"].toBool(), data["needs_weight"].toBool(),
        data["needs_bias"].toBool());
    at::Tensor of_residual;
    if (data["needs_residual"].toBool()) of_residual = grad;
    return {of_input, of_weight, of_bias, of_residual, {}, {}};
  }
};

at::Tensor convolution(
    const at::Tensor& input, const at::Tensor& weight, const optional_tensor& bias, const optional_tensor& residual,
    int64_t stride, bool relu, const optional_tensor& scale) {
  const bool ours = is_ours(input, weight, bias, residual, stride);
  if (scale.has_value()) {
    const bool recorded = at::GradMode::is_enabled() && (input.requires_grad() || weight.requires_grad() ||
                                                         needs_gradient(bias) || needs_gradient(residual) || needs_gradient(scale));
    const bool plain = is_plain(scale) && scale->dim() == 1 && weight.dim() > 0 && scale->size(0) == weight.size(0);
    if (ours && plain && !recorded) return compute(input, weight, bias, residual, stride, relu, scale);
    return convolution(input, weight * scale->view({-1, 1, 1, 1}), bias, residual, stride, relu, {});
  }
  if (ours) return Convolution::apply(input, weight, bias, residual, stride, relu);
  auto output = at::conv2d(input, weight, bias, stride, weight.dim() == 4 ? weight.size(2) / 2 : 0);
  if (residual.has_value()) output.add_(*residual);
  return relu ? output.relu_() : output;
}

}  // namespace
}  // namespace drcnn

TORCH_LIBRARY_IMPL(dynamic_rcnn, CompositeImplicitAutograd, m) { m.impl("convolution", drcnn::convolution); }
TORCH_LIBRARY_IMPL(dynamic_rcnn, CPU, m) { m.impl("_convolution_backward", drcnn::convolution_backward); }
