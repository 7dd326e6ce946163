// The convolutions of float32 against the plain loop in float64: every shape, with every number of threads the same bits.
#include <algorithm>
#include <sstream>

#include "check.h"
#include "convolution_bf16_checks.h"

namespace drcnn::tests {
namespace {

/// Of the root of the mean square. Sums of up to 10,000 products; each rounds by 6e-8 of its size.
constexpr double kTolerance = 3e-6;

struct Sizes {
  drcnn_convolution call;
  int64_t inputs, weights, outputs;

  Sizes(int64_t batch, int64_t channels, int64_t out, int64_t height, int64_t width, int64_t kernel, int64_t stride, int32_t relu)
      : call{batch, channels, out, height, width, kernel, stride, drcnn_float32, relu},
        inputs(batch * channels * height * width),
        weights(out * channels * kernel * kernel),
        outputs(batch * out * ((height + stride - 1) / stride) * ((width + stride - 1) / stride)) {}

  drcnn_convolution wide() const {
    drcnn_convolution wide = call;
    wide.type = drcnn_float64;
    return wide;
  }

  std::string text() const {
    std::ostringstream text;
    text << "convolution [" << call.batch << ", " << call.channels << ", " << call.height << ", " << call.width << "] -> "
         << call.outputs << ", kernel " << call.kernel << ", stride " << call.stride;
    return text.str();
  }
};

/// All gradients and outputs of one call.
template <typename T>
struct Results {
  Values<T> output, masked, input, weight, bias;
};

template <typename T>
struct Arguments {
  Values<T> input, weight, scale, bias, residual, grad;
};

template <typename T>
const T* or_null(const Values<T>& values) {
  return values.empty() ? nullptr : values.data();
}

template <typename T>
Results<T> run(const Sizes& sizes, const drcnn_convolution& call, const Arguments<T>& given) {
  const std::string what = sizes.text();
  Results<T> found{unwritten<T>(sizes.outputs), unwritten<T>(sizes.outputs), unwritten<T>(sizes.inputs), unwritten<T>(sizes.weights),
                   unwritten<T>(call.outputs)};
  done(drcnn_convolution_forward(
           &call, given.input.data(), given.weight.data(), or_null(given.scale), or_null(given.bias), or_null(given.residual),
           found.output.data()),
       what);
  done(drcnn_convolution_relu_gradient(&call, given.grad.data(), found.output.data(), found.masked.data()), what + ", ReLU");
  done(drcnn_convolution_input_gradient(&call, given.grad.data(), given.weight.data(), found.input.data()), what + ", input");
  done(drcnn_convolution_weight_gradient(&call, given.input.data(), given.grad.data(), found.weight.data()), what + ", weight");
  done(drcnn_convolution_bias_gradient(&call, given.grad.data(), found.bias.data()), what + ", bias");
  return found;
}

void compare(Draw& draw, const Sizes& sizes, bool finished) {
  const int64_t more = finished ? sizes.call.outputs : 0;
  const Arguments<float> given{
      draw.values<float>(sizes.inputs), draw.values<float>(sizes.weights), draw.values<float>(more), draw.values<float>(more),
      draw.values<float>(finished ? sizes.outputs : 0), draw.values<float>(sizes.outputs)};
  const Arguments<double> wide{as<double>(given.input), as<double>(given.weight),   as<double>(given.scale),
                               as<double>(given.bias),  as<double>(given.residual), as<double>(given.grad)};
  const auto exact = run(sizes, sizes.wide(), wide);
  Results<float> first;
  for (const int threads : {1, 2, 3}) {
    use_threads(threads);
    const auto found = run(sizes, sizes.call, given);
    const std::string what = sizes.text();
    if (threads == 1) {
      first = found;
      check(relative_error(found.output, exact.output) <= kTolerance, what);
      check(relative_error(found.input, exact.input) <= kTolerance, what + ": the input's gradient");
      check(relative_error(found.weight, exact.weight) <= kTolerance, what + ": the weight's gradient");
      check(relative_error(found.bias, exact.bias) <= kTolerance, what + ": the bias's gradient");
      continue;
    }
    const std::string with = what + " with " + std::to_string(threads) + " threads";
    check(same(found.output, first.output) && same(found.masked, first.masked), with);
    check(same(found.input, first.input), with + ": the input's gradient");
    check(same(found.weight, first.weight), with + ": the weight's gradient");
    check(same(found.bias, first.bias), with + ": the bias's gradient");
  }
}

/// Numbers that are none stay where they are: an output is NaN exactly where the plain loop's is, but for Winograd's tiles.
void check_special(Draw& draw) {
  const Sizes sizes(1, 3, 5, 9, 11, 1, 1, 1);
  Arguments<float> given{draw.values<float>(sizes.inputs), draw.values<float>(sizes.weights), {}, {}, {}, draw.values<float>(sizes.outputs)};
  given.input[7] = kNaN, given.input[40] = kInf;
  const Arguments<double> wide{as<double>(given.input), as<double>(given.weight), {}, {}, {}, as<double>(given.grad)};
  const auto found = run(sizes, sizes.call, given).output;
  const auto exact = run(sizes, sizes.wide(), wide).output;
  bool good = true;
  for (size_t i = 0; i < found.size(); i++) {
    good &= std::isnan(found[i]) == std::isnan(exact[i]) && std::isinf(found[i]) == std::isinf(exact[i]);
  }
  check(good, "convolution: NaN and infinity");
}

/// Numbers too small to be normal are 0 within a convolution, and after it what they were.
void check_subnormals() {
#if defined(__x86_64__)
  const drcnn_convolution call{1, 2, 3, 4, 4, 1, 1, drcnn_float32, 0};
  const Values<float> input(2 * 4 * 4, 1e-40f), weight(3 * 2, 1.f);
  Values<float> output(3 * 4 * 4, 1.f);
  done(drcnn_convolution_forward(&call, input.data(), weight.data(), nullptr, nullptr, nullptr, output.data()), "convolution: subnormal");
  check(std::all_of(output.begin(), output.end(), [](float value) { return value == 0.f; }), "convolution: subnormal inputs");
  volatile float small = 1e-40f;
  check(small * 2.f > 0.f, "convolution: subnormal numbers after a convolution");
#endif
}

void check_refusals() {
  Values<float> numbers(64);
  const auto call = [&](drcnn_convolution call) {
    return drcnn_convolution_forward(&call, numbers.data(), numbers.data(), nullptr, nullptr, nullptr, numbers.data());
  };
  const int32_t type = drcnn_float32;
  done(call({1, 1, 1, 4, 4, 3, 1, type, 0}), "convolution: a good call");
  refused(call({1, 1, 1, 4, 4, 2, 1, type, 0}), "convolution: an even kernel");
  refused(call({1, 1, 1, 4, 4, 0, 1, type, 0}), "convolution: no kernel");
  refused(call({1, 1, 1, 4, 4, 17, 1, type, 0}), "convolution: a kernel of 17");
  refused(call({1, 1, 1, 4, 4, 3, 0, type, 0}), "convolution: stride 0");
  refused(call({1, 1, 1, 4, 4, 3, INT64_MAX, type, 0}), "convolution: a stride without end");
  refused(call({-1, 1, 1, 4, 4, 3, 1, type, 0}), "convolution: a batch below 0");
  refused(call({1, 1, 1, INT64_MAX, 4, 3, 1, type, 0}), "convolution: a height without end");
  refused(call({INT64_MAX, 1, 1, 4, 4, 3, 1, type, 0}), "convolution: a batch without end");
  refused(call({1, INT64_MAX, INT64_MAX, 4, 4, 3, 1, type, 0}), "convolution: channels without end");
  refused(call({1, 1, 1, 4, 4, 3, 1, drcnn_float16, 0}), "convolution: float16");
}

}  // namespace

void convolution_tests(int64_t draws) {
  Draw draw(5);
  // What a vector, a panel and a block of rows leave over.
  for (const int64_t channels : {1, 3, 8, 12, 15, 18, 24, 27, 40, 64}) {
    for (const int64_t kernel : {1, 3, 7}) {
      const int64_t stride = draw.whole(1, 2), out = draw.one_of({1, 3, 8, 12, 15, 18, 24, 27, 40, 64});
      compare(draw, Sizes(draw.whole(1, 2), channels, out, draw.whole(1, 13), draw.whole(1, 21), kernel, stride, 1), true);
    }
  }
  compare(draw, Sizes(1, 256, 18, 7, 9, 3, 1, 0), false);
  compare(draw, Sizes(1, 18, 256, 8, 9, 3, 2, 0), false);
  compare(draw, Sizes(2, 24, 24, 30, 41, 3, 1, 1), true);
  compare(draw, Sizes(1, 16, 20, 40, 56, 3, 1, 0), false);
  compare(draw, Sizes(1, 3, 64, 30, 41, 7, 2, 1), true);
  compare(draw, Sizes(1, 17, 18, 70, 68, 3, 1, 0), false);    // tiles of more than one chunk
  compare(draw, Sizes(1, 100, 70, 17, 17, 3, 1, 0), false);   // channels of more than one task, outputs of more than one panel
  compare(draw, Sizes(1, 130, 260, 9, 23, 1, 1, 1), true);
  compare(draw, Sizes(1, 700, 20, 6, 7, 3, 1, 0), false);     // channels of more than one chunk
  compare(draw, Sizes(1, 400, 450, 3, 5, 1, 1, 1), true);     // outputs of more than one part
  compare(draw, Sizes(2, 131, 515, 9, 21, 1, 1, 0), false);   // the weight's gradient with both sides packed, and two images
  for (int64_t i = 0; i < draws; i++) {
    const int64_t kernel = draw.one_of({1, 1, 3, 3, 3, 5, 7}), stride = draw.one_of({1, 1, 2, 2, 3});
    compare(
        draw,
        Sizes(draw.whole(0, 3), draw.whole(1, 33), draw.whole(1, 70), draw.whole(1, 24), draw.whole(1, 24), kernel, stride,
              static_cast<int32_t>(i % 2)),
        i % 3 == 0);
  }
  use_threads(1);
  // No input channels: what is left are bias and residual.
  compare(draw, Sizes(1, 0, 3, 4, 4, 3, 1, 0), true);
  compare(draw, Sizes(0, 2, 3, 4, 4, 3, 1, 0), true);
  compare(draw, Sizes(1, 2, 3, 0, 4, 3, 1, 0), true);
  check_special(draw);
  check_subnormals();
  check_refusals();
  bf16::tests(draws);
}

}  // namespace drcnn::tests
