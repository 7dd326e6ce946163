// Deformable convolution: the plain form's gradients against finite differences, and against it in float64 the CPU's form, whose bits do
// not depend on the number of threads, and the parts for CUDA, whose bits do not depend on the order of theirs.
#include "deform_conv2d_forms.h"

namespace drcnn::tests {
namespace {

using namespace deform_forms;

/// Sums of some thousand products of numbers up to 1, in another order than the plain form's.
template <typename T>
constexpr double kTolerance = std::is_same_v<T, double> ? 1e-12 : 2e-5;

/// wanted: which parts are also asked for without the others.
template <typename T>
void compare_on_cpu(const Arguments<T>& given, const Results<double>& exact, unsigned wanted = 0) {
  const auto one = fast(given, 1), two = fast(given, 2), three = fast(given, 3), some = fast(given, 3, wanted);
  for (int part = 0; part < kParts; part++) {
    const std::string what = text(given) + ": " + kNames[part];
    const double off = distance(one[part], exact[part]);
    check(off <= kTolerance<T>, what + " is off by " + std::to_string(off));
    check(same(one[part], two[part]) && same(one[part], three[part]), what + " depends on the number of threads");
    check(some[part].empty() || same(some[part], one[part]), what + " depends on what else is wanted");
  }
}

/// -> the plain form's results.
template <typename T>
Results<double> compare(const Arguments<T>& given, unsigned wanted = 0) {
  const auto exact = plain(given);
  compare_on_cpu(given, exact, wanted);
  const auto device = on_device(given, false), backwards = on_device(given, true);
  for (int part = 0; part < kBias; part++) {
    const std::string what = text(given) + ": " + kNames[part] + " on the device";
    const double off = distance(device[part], exact[part]);
    check(off <= kTolerance<T>, what + " is off by " + std::to_string(off));
    check(same(device[part], backwards[part]), what + " depends on the order of the threads");
  }
  return exact;
}

/// Every gradient of the plain form is what a small step of its argument changes, in the sum of output * grad.
void compare_with_differences(const drcnn_deform_conv2d& call, bool masked) {
  Draw draw(call.groups * 10 + call.offset_groups);
  auto given = drawn<double>(call, draw, 3, masked);
  // Between the pixels the value is smooth.
  for (double& offset : given.offset) offset = std::floor(offset) + draw.uniform(0.01, 0.99);
  const auto found = plain(given);
  const auto total = [&] {
    Values<double> output(given.grad.size());
    deform::plain::forward(
        given.shape, given.input.data(), given.weight.data(), given.offset.data(), given.masks(), given.start(), output.data());
    double sum = 0;
    for (size_t i = 0; i < output.size(); i++) sum += output[i] * given.grad[i];
    return sum;
  };
  Values<double>* arguments[kParts] = {nullptr, &given.input, &given.weight, &given.offset, &given.mask, &given.bias};
  for (int part = kInput; part < kParts; part++) {
    for (size_t i = 0; i < arguments[part]->size(); i++) {
      constexpr double kStep = 1e-6;
      double& value = (*arguments[part])[i];
      const double before = value;
      value = before + kStep;
      const double above = total();
      value = before - kStep;
      const double difference = (above - total()) / (2 * kStep);
      value = before;
      check(std::abs(difference - found[part][i]) <= 1e-7, text(given) + ": " + kNames[part] + " against finite differences");
    }
  }
}

/// The same stride, padding and dilation on both axes.
drcnn_deform_conv2d call_of(
    int64_t batch, int64_t channels, int64_t height, int64_t width, int64_t outputs, int64_t kernel_h, int64_t kernel_w,
    int64_t stride = 1, int64_t pad = 1, int64_t dilation = 1, int64_t groups = 1, int64_t offset_groups = 1) {
  return {batch, channels, outputs, height, width, kernel_h, kernel_w, stride, stride, pad, pad, dilation, dilation, groups,
          offset_groups, drcnn_float32};
}

template <typename T>
void chosen_shapes() {
  Draw draw(1);
  compare(drawn<T>(call_of(2, 6, 7, 9, 4, 3, 3), draw, 2));
  compare(drawn<T>(call_of(2, 12, 8, 6, 6, 3, 2, 2, 1, 2, 3, 2), draw, 4));
  compare(drawn<T>(call_of(1, 12, 8, 6, 6, 3, 3, 1, 2, 1, 2, 3), draw, 1, false));
  compare(drawn<T>(call_of(1, 150, 5, 4, 3, 3, 3), draw, 1));  // more channels than a thread of the device takes at a time
  compare(drawn<T>(call_of(1, 1, 1, 1, 1, 1, 1, 1, 0), draw, 0.5));
  compare(drawn<T>(call_of(0, 2, 4, 4, 2, 3, 3), draw, 1));
  compare(drawn<T>(call_of(1, 2, 3, 40, 2, 3, 3), draw, 1e6));  // all outside
  compare(drawn<T>(call_of(1, 2, 3, 3, 2, 2, 2, INT32_MAX, 1, 1), draw, 1));
  compare(drawn<T>(call_of(1, 40, 13, 15, 33, 3, 3, 1, 1, 1, 1, 5), draw, 3));  // several tiles, panels, blocks of the product
}

/// More positions than the backward has memory for at a time; the last chunk ends within a tile.
void several_chunks() {
  Draw draw(2);
  const auto given = drawn<double>(call_of(1, 700, 25, 25, 1, 3, 3), draw, 2);
  compare_on_cpu(given, plain(given));
}

/// Drawn shapes with offsets that no model gives, and now and then a NaN in the input.
template <typename T>
void drawn_shapes(int64_t draws) {
  for (int64_t i = 0; i < draws; i++) {
    Draw draw(1000 + i);
    const bool whole = i % 3 != 0;  // otherwise one group of channels that no vector fills
    const int64_t groups = whole ? draw.one_of({1, 2, 3}) : 1, offset_groups = whole ? draw.one_of({1, 2, 4}) : 1;
    const int64_t channels = whole ? 12 * draw.one_of({1, 2}) : draw.one_of({1, 3, 7, 17});
    drcnn_deform_conv2d call = call_of(
        draw.one_of({0, 1, 2}), channels, draw.one_of({3, 5, 12}), draw.one_of({3, 8, 17}), groups * draw.one_of({1, 5, 17}),
        draw.one_of({1, 2, 3}), draw.one_of({1, 3}), draw.one_of({1, 2}), draw.one_of({1, 2}), draw.one_of({1, 2}), groups,
        offset_groups);
    call.stride_w = draw.one_of({call.stride_h, 1, 3}), call.pad_w = draw.one_of({call.pad_h, 3});
    if (call.width > 3) call.dil_w = draw.one_of({call.dil_h, 3});
    auto given = drawn<T>(call, draw, 3, i % 4 != 0, i % 5 != 0);
    const auto somewhere = [&](Values<T>& values) -> T& { return values[draw.whole(0, static_cast<int64_t>(values.size()) - 1)]; };
    for (const float value : {kNaN, kInf, -kInf, 1e30f, -1e9f, -1.0f, 1.0f, 0.0f}) {
      if (call.batch > 0) somewhere(given.offset) = value, somewhere(given.offset) = value;
    }
    const bool holed = i % 7 == 0;
    if (call.batch > 0 && holed) somewhere(given.input) = kNaN;
    const auto exact = compare(given, static_cast<unsigned>(draw.whole(0, 63)));
    for (int part = 0; part < kParts; part++) check(holed || all_finite(exact[part]), text(given) + ": " + kNames[part] + " is finite");
  }
}

void refusals() {
  Draw draw(3);
  const auto good = drawn<float>(call_of(1, 4, 5, 5, 2, 3, 3), draw, 1);
  const auto refuse = [&](const std::string& what, const auto& change) {
    drcnn_deform_conv2d call = good.shape;
    change(call);
    auto found = unwritten_results(good);
    refused(
        drcnn_deform_conv2d_forward(
            &call, good.input.data(), good.weight.data(), good.offset.data(), good.masks(), good.start(), found[kOutput].data()),
        "deform_conv2d: " + what);
    refused(
        drcnn_deform_conv2d_backward(
            &call, good.grad.data(), good.input.data(), good.weight.data(), good.offset.data(), good.masks(),
            found[kInput].data(), found[kWeight].data(), found[kOffset].data(), found[kMask].data(), found[kBias].data()),
        "deform_conv2d: " + what + ", backward");
    check(drcnn_cuda_deform_corner_count(&call) == -1, "deform_conv2d: " + what + " is refused on the device");
  };
  using Call = drcnn_deform_conv2d;
  for (const int64_t no : {int64_t{-1}, INT64_MAX, INT64_MIN}) {
    const std::string value = std::to_string(no);
    refuse("padding " + value, [&](Call& call) { call.pad_h = no; });
    refuse("padding of the width " + value, [&](Call& call) { call.pad_w = no; });
    refuse("dilation " + value, [&](Call& call) { call.dil_h = no; });
    refuse("dilation of the width " + value, [&](Call& call) { call.dil_w = no; });
    refuse("stride " + value, [&](Call& call) { call.stride_h = no; });
    refuse("stride of the width " + value, [&](Call& call) { call.stride_w = no; });
    refuse("groups " + value, [&](Call& call) { call.groups = no; });
    refuse("offset groups " + value, [&](Call& call) { call.offset_groups = no; });
    refuse("batch " + value, [&](Call& call) { call.batch = no; });
    refuse("channels " + value, [&](Call& call) { call.channels = no; });
    refuse("outputs " + value, [&](Call& call) { call.outputs = no; });
    refuse("height " + value, [&](Call& call) { call.height = no; });
    refuse("kernel " + value, [&](Call& call) { call.kernel_w = no; });
  }
  refuse("stride 0", [](Call& call) { call.stride_w = 0; });
  refuse("no channels", [](Call& call) { call.channels = 0; });
  refuse("no outputs", [](Call& call) { call.outputs = 0; });
  refuse("no taps", [](Call& call) { call.kernel_h = 0; });
  refuse("no rows", [](Call& call) { call.height = 0; });
  refuse("groups that do not divide the channels", [](Call& call) { call.groups = 3; });
  refuse("groups that do not divide the outputs", [](Call& call) { call.groups = 4; });
  refuse("offset groups that do not divide the channels", [](Call& call) { call.offset_groups = 3; });
  refuse("a kernel larger than the input", [](Call& call) { call.dil_h = 4; });
  refuse("an output of too many positions", [](Call& call) { call.pad_h = call.pad_w = 100000; });
  refuse("float16", [](Call& call) { call.type = drcnn_float16; });
  refuse("bfloat16", [](Call& call) { call.type = drcnn_bfloat16; });
  float one = 0;
  refused(
      drcnn_deform_conv2d_backward(
          &good.shape, good.grad.data(), good.input.data(), good.weight.data(), good.offset.data(), nullptr, nullptr, nullptr,
          nullptr, &one, nullptr),
      "deform_conv2d: the gradient of no mask");
  // What a device cannot number, though a CPU can.
  Call many = good.shape, padded = good.shape;
  many.batch = INT32_MAX;
  padded.pad_h = padded.stride_h = INT32_MAX;
  check(drcnn_cuda_deform_corner_count(&many) == -1, "deform_conv2d: too many corners for a device are refused");
  check(drcnn_cuda_deform_corner_count(&padded) == -1, "deform_conv2d: too much padding for a device is refused");
}

}  // namespace

void deform_conv2d_tests(int64_t draws) {
  for (const int64_t groups : {1, 2}) {
    for (const int64_t offset_groups : {1, 2}) {
      compare_with_differences(call_of(2, 4, 4, 3, 4, 3, 2, 1, 1, 1, groups, offset_groups), groups == 1 || offset_groups == 1);
    }
  }
  chosen_shapes<float>();
  chosen_shapes<double>();
  several_chunks();
  drawn_shapes<float>(draws);
  drawn_shapes<double>(draws / 2);
  refusals();
}

}  // namespace drcnn::tests
