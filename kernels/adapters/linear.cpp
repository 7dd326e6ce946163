// A linear layer as an operator of libtorch: float32 on the CPU by the product of our convolutions, everything else by at::linear.
//
// y [R, O] = x [R, I] W^T + b is a convolution's sum in another place: with R outputs, O channels and I pixels, y is what the weights'
// gradient is to a convolution, x's gradient what its outputs are and W's gradient what its input's gradient is.
#include <ATen/core/LegacyTypeDispatch.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "../torch_c/compat.h"
#include "status.h"

namespace drcnn {
namespace {

using compat::optional_tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

bool is_plain(const at::Tensor& tensor, int64_t dimensions) {
  return tensor.device().is_cpu() && tensor.scalar_type() == at::kFloat && tensor.dim() == dimensions;
}

/// Longer rows are no map that the convolutions take.
constexpr int64_t kMostInputs = (int64_t{1} << 20) - 1;

bool is_ours(const at::Tensor& input, const at::Tensor& weight, const optional_tensor& bias) {
  return is_plain(input, 2) && is_plain(weight, 2) && input.size(1) == weight.size(1) && input.size(1) > 0 &&
         input.size(1) <= kMostInputs && weight.size(0) > 0 &&
         (!bias.has_value() || (is_plain(*bias, 1) && bias->size(0) == weight.size(0))) &&
         !compat::autocast(c10::DeviceType::CPU).on;
}

drcnn_convolution call_of(const at::Tensor& input, const at::Tensor& weight) {
  return {1, weight.size(0), input.size(0), 1, input.size(1), 1, 1, drcnn_float32, 0};
}

struct Linear : torch::autograd::Function<Linear> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input, const at::Tensor& weight, const optional_tensor& bias) {
    at::AutoDispatchBelowADInplaceOrView below_autograd;
    const auto rows = input.contiguous(), factors = weight.contiguous();
    auto output = at::empty({rows.size(0), factors.size(0)}, rows.options());
    const drcnn_convolution call = call_of(rows, factors);
    done(drcnn_convolution_weight_gradient(&call, factors.data_ptr<float>(), rows.data_ptr<float>(), output.data_ptr<float>()));
    if (bias.has_value()) output.add_(*bias);
    context->save_for_backward({rows, factors});
    context->saved_data["needs_input"] = input.requires_grad();
    context->saved_data["needs_weight"] = weight.requires_grad();
    context->saved_data["needs_bias"] = compat::needs_gradient(bias);
    return output;
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    TORCH_CHECK(!at::GradMode::is_enabled(), "linear: the gradient of its gradient is not implemented.");
    const auto saved = context->get_saved_variables();
    const auto rows = saved[0], factors = saved[1], grad = grads[0].contiguous();
    auto& data = context->saved_data;
    const drcnn_convolution call = call_of(rows, factors);
    at::Tensor of_input, of_weight, of_bias;
    if (data["needs_input"].toBool()) {
      of_input = at::empty_like(rows);
      done(drcnn_convolution_forward(
          &call, factors.data_ptr<float>(), grad.data_ptr<float>(), nullptr, nullptr, nullptr, of_input.data_ptr<float>()));
    }
    if (data["needs_weight"].toBool()) {
      of_weight = at::empty_like(factors);
      done(drcnn_convolution_input_gradient(
          &call, rows.data_ptr<float>(), grad.data_ptr<float>(), of_weight.data_ptr<float>()));
    }
    if (data["needs_bias"].toBool()) of_bias = grad.sum(0);
    return {of_input, of_weight, of_bias};
  }
};

at::Tensor linear(const at::Tensor& input, const at::Tensor& weight, const optional_tensor& bias) {
  return is_ours(input, weight, bias) ? Linear::apply(input, weight, bias) : at::linear(input, weight, bias);
}

}  // namespace
}  // namespace drcnn

TORCH_LIBRARY_IMPL(dynamic_rcnn, CompositeImplicitAutograd, m) { m.impl("linear", drcnn::linear); }
