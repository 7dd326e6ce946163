#include "../ops/deform_conv2d/deform_conv2d.h"
#include "../ops/deform_conv2d/deform_conv2d_device.h"
#include "check.h"

namespace drcnn::tests {
namespace {

struct Given {
  int64_t batch, channels, height, width, outputs, kernel_h, kernel_w, stride, pad, dilation, groups, offset_groups;
  double spread;
  bool masked, last;
  at::ScalarType type;
};

void compare(const Given& g, bool hostile = false) {
  std::ostringstream name;
  name << "deform_conv2d [" << g.batch << ", " << g.channels << ", " << g.height << ", " << g.width << "] -> " << g.outputs
       << ", kernel " << g.kernel_h << " x " << g.kernel_w << ", groups " << g.groups << " and " << g.offset_groups << " "
       << g.type << (g.last ? " channels-last" : "") << (hostile ? " hostile" : "");
  const std::string what = name.str();
  const int64_t out_h = (g.height + 2 * g.pad - g.dilation * (g.kernel_h - 1) - 1) / g.stride + 1;
  const int64_t out_w = (g.width + 2 * g.pad - g.dilation * (g.kernel_w - 1) - 1) / g.stride + 1;
  const int64_t samples = g.offset_groups * g.kernel_h * g.kernel_w;
  auto input = uniform({g.batch, g.channels, g.height, g.width}, -1, 1).to(g.type);
  if (g.last) input = input.contiguous(at::MemoryFormat::ChannelsLast);
  const auto weight = uniform({g.outputs, g.channels / g.groups, g.kernel_h, g.kernel_w}, -1, 1).to(g.type);
  auto offset = uniform({g.batch, 2 * samples, out_h, out_w}, -g.spread, g.spread).to(g.type);
  if (hostile) {
    auto flat = offset.view(-1);
    for (const float value : {kNaN, kInf, -kInf, 1e30f, -1e9f}) {
      flat.index_put_({at::randint(0, flat.numel(), {flat.numel() / 20 + 1}, at::kLong)}, at::scalar_tensor(value).to(g.type));
    }
  }
  const compat::optional_tensor mask =
      g.masked ? compat::optional_tensor(uniform({g.batch, samples, out_h, out_w}, 0, 1).to(g.type)) : compat::optional_tensor();
  const compat::optional_tensor bias = uniform({g.outputs}, -1, 1).to(g.type);
  const auto wide = [&](const at::Tensor& tensor) { return g.type == at::kHalf ? tensor.to(at::kFloat) : tensor; };
  const auto wide_mask = g.masked ? compat::optional_tensor(wide(*mask)) : mask;

  const auto forward = reference<decltype(deform_conv2d_cpu)>("dynamic_rcnn::deform_conv2d");
  const auto expected = forward.call(
      wide(input), wide(weight), wide(offset), wide_mask, compat::optional_tensor(wide(*bias)), g.stride, g.stride, g.pad,
      g.pad, g.dilation, g.dilation, g.groups, g.offset_groups);
  const auto found = twice(what, [&] {
    return deform_conv2d_on<ShimDevice>(
        input, weight, offset, mask, bias, g.stride, g.stride, g.pad, g.pad, g.dilation, g.dilation, g.groups,
        g.offset_groups);
  });
  const double tolerance = g.type == at::kDouble ? 1e-12 : g.type == at::kFloat ? 2e-5 : g.type == at::kHalf ? 2e-3 : 1e-2;
  check(distance(found, expected) <= tolerance, what);

  const auto backward = reference<decltype(deform_conv2d_backward_cpu)>("dynamic_rcnn::_deform_conv2d_backward");
  const auto grad = uniform(expected.sizes(), -1, 1).to(g.type);
  const auto exact = backward.call(
      wide(grad), wide(input), wide(weight), wide(offset), wide_mask, g.stride, g.stride, g.pad, g.pad, g.dilation,
      g.dilation, g.groups, g.offset_groups, true, true, true, true);
  const auto gradients = twice(what, [&] {
    return deform_conv2d_backward_on<ShimDevice>(
        grad, input, weight, offset, mask, g.stride, g.stride, g.pad, g.pad, g.dilation, g.dilation, g.groups,
        g.offset_groups, true, true, true, true);
  });
  const auto each = [&](const char* which, const at::Tensor& ours, const at::Tensor& theirs) {
    if (!theirs.defined()) return check(!ours.defined(), what + ": the gradient of " + which + " is none");
    const double off = distance(ours, theirs);
    check(off <= tolerance && ours.scalar_type() == g.type, what + ": the gradient of " + which + " is off by " + std::to_string(off));
  };
  each("input", std::get<0>(gradients), std::get<0>(exact));
  each("weight", std::get<1>(gradients), std::get<1>(exact));
  each("offset", std::get<2>(gradients), std::get<2>(exact));
  each("mask", std::get<3>(gradients), std::get<3>(exact));
  each("bias", std::get<4>(gradients), std::get<4>(exact));
}

}  // namespace

void deform_conv2d_tests() {
  for (const bool last : {false, true}) {
    compare({2, 6, 7, 9, 4, 3, 3, 1, 1, 1, 1, 1, 2, true, last, at::kFloat});
    compare({2, 12, 8, 6, 6, 3, 2, 2, 1, 2, 3, 2, 4, true, last, at::kFloat});
    compare({1, 12, 8, 6, 6, 3, 3, 1, 2, 1, 2, 3, 1, false, last, at::kFloat});
    compare({2, 6, 7, 9, 4, 3, 3, 1, 1, 1, 1, 1, 2, true, last, at::kDouble});
    compare({2, 6, 7, 9, 4, 3, 3, 1, 1, 1, 1, 1, 2, true, last, at::kBFloat16});
    compare({2, 6, 7, 9, 4, 3, 3, 1, 1, 1, 1, 1, 2, true, last, at::kHalf});
    compare({2, 6, 7, 9, 4, 3, 3, 1, 1, 1, 1, 1, 2, true, last, at::kFloat}, true);
  }
  compare({1, 150, 5, 4, 3, 3, 3, 1, 1, 1, 1, 1, 1, true, false, at::kFloat});  // more channels than a thread takes at a time
  compare({1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 0.5, true, false, at::kFloat});
  compare({0, 2, 4, 4, 2, 3, 3, 1, 1, 1, 1, 1, 1, true, false, at::kFloat});
  compare({1, 2, 3, 40, 2, 3, 3, 1, 1, 1, 1, 1, 1e6, true, false, at::kFloat});  // all outside
}

}  // namespace drcnn::tests
