#include "../ops/convolution/convolution.h"

#include <torch/csrc/autograd/autograd.h>

#include "check.h"

namespace drcnn::tests {
namespace {

constexpr double kTolerance = 2e-5;

struct Layer {
  int64_t batch, channels, outputs, kernel, height, width, stride;
};

struct Parts {
  at::Tensor input, weight, bias, residual, scale;  // all but the first two undefined: none
};

compat::optional_tensor maybe(const at::Tensor& tensor) {
  return tensor.defined() ? compat::optional_tensor(tensor) : compat::optional_tensor();
}

at::Tensor drawn(at::IntArrayRef shape) { return uniform(shape, -1, 1).to(at::kFloat); }

int64_t side_of(int64_t side, int64_t stride) { return (side - 1) / stride + 1; }

Parts parts_of(const Layer& layer, bool bias, bool residual) {
  return {
      drawn({layer.batch, layer.channels, layer.height, layer.width}),
      drawn({layer.outputs, layer.channels, layer.kernel, layer.kernel}),
      bias ? drawn({layer.outputs}) : at::Tensor(),
      residual ? drawn({layer.batch, layer.outputs, side_of(layer.height, layer.stride), side_of(layer.width, layer.stride)})
               : at::Tensor()};
}

std::string text(const char* way, const Layer& layer) {
  std::ostringstream out;
  out << way << " [" << layer.batch << ", " << layer.channels << ", " << layer.height << ", " << layer.width << "] -> "
      << layer.outputs << ", kernel " << layer.kernel << ", stride " << layer.stride;
  return out.str();
}

at::Tensor wide(const at::Tensor& tensor) { return tensor.defined() ? tensor.to(at::kDouble) : tensor; }

at::Tensor expected(const Parts& parts, int64_t stride, bool relu) {
  auto weight = wide(parts.weight);
  if (parts.scale.defined()) weight = weight * wide(parts.scale).view({-1, 1, 1, 1});
  auto output = at::conv2d(wide(parts.input), weight, maybe(wide(parts.bias)), stride, parts.weight.size(2) / 2);
  if (parts.residual.defined()) output = output + wide(parts.residual);
  return relu ? output.relu() : output;
}

/// The two ways themselves, whatever this processor would choose.
void compare(const Layer& layer, bool bias, bool residual, bool relu) {
  auto parts = parts_of(layer, bias, residual);
  if (relu) parts.scale = drawn({layer.outputs});
  const auto values = [](const at::Tensor& tensor) { return tensor.defined() ? tensor.data_ptr<float>() : nullptr; };
  const conv::Finish finish{values(parts.scale), values(parts.bias), values(parts.residual), relu};
  const bool filter = layer.kernel == 3;
  const std::string what = text(filter ? "winograd" : "pointwise", layer);
  const auto found = filter ? conv::winograd(parts.input, parts.weight, finish)
                            : conv::pointwise(parts.input, parts.weight, layer.stride, finish);
  check(distance(found, expected(parts, layer.stride, relu)) <= kTolerance, what);
  if (layer.stride > 1) return;
  const auto grad = drawn(found.sizes());
  const auto gradient = filter ? conv::winograd_gradient(grad, parts.weight) : conv::pointwise_gradient(grad, parts.weight);
  const auto exact = at::conv_transpose2d(wide(grad), wide(parts.weight), {}, 1, layer.kernel / 2);
  check(distance(gradient, exact) <= kTolerance, what + ": the input's gradient");
}

/// The operator with its gradients, its arguments laid out as `laid` does.
template <typename Laid>
void compare_operator(const Layer& layer, const char* how, const Laid& laid) {
  const auto run = reference<decltype(convolution)>("dynamic_rcnn::convolution");
  const std::string what = text("convolution", layer) + " " + how;
  const auto given = parts_of(layer, true, true);
  const auto scale = drawn({layer.outputs});
  std::vector<at::Tensor> ours, theirs;
  for (const auto& tensor : {given.input, given.weight, given.bias, given.residual, scale}) {
    ours.push_back(laid(tensor).requires_grad_());
    theirs.push_back(wide(tensor).requires_grad_());
  }
  const auto found = run.call(ours[0], ours[1], ours[2], ours[3], layer.stride, true, ours[4]);
  const auto exact = expected({theirs[0], theirs[1], theirs[2], theirs[3], theirs[4]}, layer.stride, true);
  check(distance(found.detach(), exact.detach()) <= kTolerance, what);
  {
    at::NoGradGuard unrecorded;  // the scale then waits for the sums
    const auto scaled = run.call(ours[0], ours[1], ours[2], ours[3], layer.stride, true, ours[4]);
    check(distance(scaled, exact.detach()) <= kTolerance, what + ": unrecorded");
  }
  // One value for all outputs: a gradient without memory of its own. Where float32 and float64 differ in sign at the ReLU, all
  // later sums would, so the gradient of float64 passes where float32's output does.
  const auto grad = at::ones({}).expand(found.sizes());
  const auto open = found.detach().gt(0).to(at::kDouble);
  const auto before = expected({theirs[0], theirs[1], theirs[2], theirs[3], theirs[4]}, layer.stride, false);
  const auto gradients = torch::autograd::grad({found}, ours, {grad});
  const auto exact_gradients = torch::autograd::grad({before}, theirs, {open});
  const char* names[] = {"input", "weight", "bias", "residual", "scale"};
  for (size_t i = 0; i < gradients.size(); i++) {
    check(distance(gradients[i], exact_gradients[i]) <= kTolerance, what + ": the gradient of " + names[i]);
  }
}

void refusals() {
  const auto run = reference<decltype(convolution)>("dynamic_rcnn::convolution");
  const auto input = drawn({1, 16, 13, 13}), weight = drawn({16, 16, 3, 3});
  const compat::optional_tensor none;
  refused("convolution: stride 0", [&] { run.call(input, weight, none, none, 0, false, {}); });
  refused("convolution: a negative stride", [&] { run.call(input, weight, none, none, -1, false, {}); });
  refused("convolution: other channels", [&] { run.call(input, drawn({16, 15, 3, 3}), none, none, 1, false, {}); });
  refused("convolution: a weight of two dimensions", [&] { run.call(input, drawn({16, 16}), none, none, 1, false, {}); });
  refused("convolution: a shorter bias", [&] { run.call(input, weight, drawn({15}), none, 1, false, {}); });
  at::NoGradGuard unrecorded;
  refused("convolution: a shorter scale", [&] { run.call(input, weight, none, none, 1, false, drawn({15})); });
  refused("convolution: a smaller residual", [&] { run.call(input, weight, none, drawn({1, 16, 13, 12}), 1, false, {}); });
  refused("convolution: a map without rows", [&] { run.call(drawn({1, 16, 0, 13}), drawn({16, 16, 1, 1}), none, none, 1, false, {}); });
  refused("convolution: no outputs", [&] { run.call(input, drawn({0, 16, 1, 1}), none, none, 1, false, {}); });
}

}  // namespace

void convolution_tests() {
  for (const int64_t width : {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33}) {
    for (const int64_t height : {1, 4, 6}) {
      compare({2, 3, 5, 3, height, width, 1}, width % 2 == 0, height == 4, width % 3 == 0);
      for (const int64_t stride : {1, 2, 3}) compare({2, 3, 5, 1, height, width, stride}, true, width % 2 == 0, height > 1);
    }
  }
  // Across the borders of blocks: outputs, inner, chunks of tiles, panels of pixels, parts of the outputs.
  for (const int64_t outputs : {1, 6, 23, 24, 25, 48, 49, 96, 97, 193}) {
    compare({1, 2, outputs, 3, 41, 77, 1}, true, true, true);
    compare({1, 2, outputs, 3, 6, 9, 1}, true, true, true);
    compare({1, 2, outputs, 1, 13, 15, 1}, true, true, true);
  }
  for (const int64_t channels : {1, 255, 256, 257, 513}) {
    compare({1, channels, 7, 3, 5, 6, 1}, false, false, false);
    compare({1, channels, 7, 1, 5, 6, 1}, false, false, false);
  }
  for (const int64_t pixels : {191, 192, 193, 385}) compare({2, 3, 4, 1, 1, pixels, 1}, true, false, false);
  compare({1, 2, 2, 3, 3, 900, 1}, true, false, true);
  compare({3, 3, 2, 3, 13, 130, 1}, true, true, false);
  compare({1, 2, 2, 3, 700, 1, 1}, true, true, false);
  compare({16, 17, 33, 3, 1, 1, 1}, true, true, true);
  compare({0, 16, 16, 3, 8, 8, 1}, true, false, true);
  compare({0, 16, 16, 1, 8, 8, 1}, true, false, true);
  compare({1, 3, 2, 1, 5, 7, 100}, true, true, true);
  compare({1, 3, 2, 1, 5, 7, INT64_MAX}, true, true, true);

  const auto as_it_is = [](const at::Tensor& tensor) { return tensor.clone(); };
  const auto channels_last = [](const at::Tensor& tensor) {
    return tensor.dim() == 4 ? tensor.clone(at::MemoryFormat::ChannelsLast) : tensor.clone();
  };
  for (const Layer& layer : {Layer{2, 17, 19, 3, 9, 14, 1}, Layer{2, 5, 7, 1, 9, 14, 1}, Layer{2, 5, 7, 1, 9, 14, 2},
                             Layer{2, 5, 7, 3, 9, 14, 2}, Layer{16, 16, 16, 3, 1, 1, 1}, Layer{1, 3, 4, 5, 6, 2, 1},
                             Layer{1, 1, 1, 1, 1, 1, 1}}) {
    compare_operator(layer, "as it is", as_it_is);
    compare_operator(layer, "channels-last", channels_last);
    compare_operator(layer, "scattered", scattered);
  }
  // Without channels there is nothing to sum, and what the library says of it counts.
  const auto run = reference<decltype(convolution)>("dynamic_rcnn::convolution");
  const auto nothing = at::zeros({1, 0, 4, 4}), weightless = at::zeros({3, 0, 1, 1});
  check(same(run.call(nothing, weightless, {}, {}, 1, false, {}), at::conv2d(nothing, weightless)), "convolution: no channels");
  // NaN spreads over its tile and no further.
  auto holed = drawn({1, 16, 20, 20});
  holed.select(1, 3).select(1, 0).select(1, 0).fill_(kNaN);
  const auto output = run.call(holed, drawn({16, 16, 3, 3}), {}, {}, 1, true, {});
  check(at::isfinite(output.slice(2, 8)).all().item<bool>(), "convolution: NaN stays in its tile");
  check(output.select(2, 0).select(2, 0).isnan().all().item<bool>(), "convolution: the ReLU keeps NaN");
  refusals();
}

}  // namespace drcnn::tests
