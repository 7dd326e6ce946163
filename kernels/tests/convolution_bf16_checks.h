// The convolutions and linear layers of bfloat16 against the plain loop in float64 over the rounded numbers: with every number of threads the
// same bits.
#pragma once

#include <algorithm>
#include <string>

#include "check.h"
#include "numbers.h"

namespace drcnn::tests::bf16 {

using Maps = Values<BFloat16>;

/// Of the root of the mean square, for what stays float32.
constexpr double kTolerance = 3e-6;

inline Maps rounded(const Values<float>& values) {
  Maps maps;
  for (const float value : values) maps.push_back(BFloat16(value));
  return maps;
}

inline Values<double> wide(const Maps& maps) {
  Values<double> wide;
  for (const BFloat16 value : maps) wide.push_back(static_cast<float>(value));
  return wide;
}

inline bool same_bits(const Maps& a, const Maps& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](BFloat16 x, BFloat16 y) { return x.bits == y.bits; });
}

/// Whether every number is the exact one rounded once, but for what float32 loses in the sums: 1e-5 of their usual size.
inline bool rounded_once(const Maps& found, const Values<double>& exact) {
  double square = 0;
  for (const double value : exact) square += value * value;
  const double usual = std::sqrt(square / std::max<double>(1, static_cast<double>(exact.size())));
  for (size_t i = 0; i < exact.size(); i++) {
    const double difference = std::abs(static_cast<float>(found[i]) - exact[i]);
    if (!(difference <= 0x1p-8 * std::abs(exact[i]) + 1e-5 * usual)) return false;
  }
  return found.size() == exact.size();
}

struct Results {
  Maps output, masked, input;
  Values<float> weight, bias;

  bool same_as(const Results& other) const {
    return same_bits(output, other.output) && same_bits(masked, other.masked) && same_bits(input, other.input) &&
           same(weight, other.weight) && same(bias, other.bias);
  }
};

inline Maps unwritten_maps(int64_t count) { return Maps(count, BFloat16(kNaN)); }

inline const float* or_null(const Values<float>& values) { return values.empty() ? nullptr : values.data(); }

inline void compare_convolution(Draw& draw, drcnn_convolution call, bool finished) {
  call.type = drcnn_bfloat16;
  const auto side = [&](int64_t size) { return (size + call.stride - 1) / call.stride; };
  const int64_t inputs = call.batch * call.channels * call.height * call.width, weights = call.outputs * call.channels * call.kernel * call.kernel;
  const int64_t outputs = call.batch * call.outputs * side(call.height) * side(call.width), more = finished ? call.outputs : 0;
  const Maps input = rounded(draw.values<float>(inputs)), grad = rounded(draw.values<float>(outputs));
  const Maps residual = rounded(draw.values<float>(finished ? outputs : 0));
  const Values<float> weight = draw.values<float>(weights), scale = draw.values<float>(more), bias = draw.values<float>(more);
  const std::string what = "bfloat16 convolution [" + std::to_string(call.batch) + ", " + std::to_string(call.channels) + ", " +
                           std::to_string(call.height) + ", " + std::to_string(call.width) + "] -> " + std::to_string(call.outputs) +
                           ", kernel " + std::to_string(call.kernel) + ", stride " + std::to_string(call.stride);
  const auto run = [&] {
    Results found{unwritten_maps(outputs), unwritten_maps(outputs), unwritten_maps(inputs), unwritten<float>(weights), unwritten<float>(call.outputs)};
    done(drcnn_convolution_forward(
             &call, input.data(), weight.data(), or_null(scale), or_null(bias), residual.empty() ? nullptr : residual.data(),
             found.output.data()),
         what);
    done(drcnn_convolution_relu_gradient(&call, grad.data(), found.output.data(), found.masked.data()), what);
    done(drcnn_convolution_input_gradient(&call, grad.data(), weight.data(), found.input.data()), what);
    done(drcnn_convolution_weight_gradient(&call, input.data(), grad.data(), found.weight.data()), what);
    done(drcnn_convolution_bias_gradient(&call, grad.data(), found.bias.data()), what);
    return found;
  };
  drcnn_convolution exact_call = call;
  exact_call.type = drcnn_float64;
  const Values<double> in = wide(input), given = wide(grad), w = wide(rounded(weight)), s = as<double>(scale), b = as<double>(bias), r = wide(residual);
  const auto or_none = [](const Values<double>& values) { return values.empty() ? nullptr : values.data(); };
  Values<double> output(outputs), grad_input(inputs), grad_weight(weights), grad_bias(call.outputs);
  drcnn_convolution_forward(&exact_call, in.data(), w.data(), or_none(s), or_none(b), or_none(r), output.data());
  drcnn_convolution_input_gradient(&exact_call, given.data(), w.data(), grad_input.data());
  drcnn_convolution_weight_gradient(&exact_call, in.data(), given.data(), grad_weight.data());
  drcnn_convolution_bias_gradient(&exact_call, given.data(), grad_bias.data());
  use_threads(1);
  const Results first = run();
  check(rounded_once(first.output, output), what);
  check(rounded_once(first.input, grad_input), what + ": the input's gradient");
  check(relative_error(first.weight, grad_weight) <= kTolerance, what + ": the weight's gradient");
  check(relative_error(first.bias, grad_bias) <= kTolerance, what + ": the bias's gradient");
  bool masked = true;
  for (int64_t i = 0; i < outputs; i++) masked &= first.masked[i].bits == (static_cast<float>(first.output[i]) > 0 ? grad[i].bits : 0);
  check(masked, what + ": the ReLU's gradient");
  for (const int threads : {2, 3}) {
    use_threads(threads);
    check(run().same_as(first), what + " with " + std::to_string(threads) + " threads");
  }
  use_threads(1);
}

inline void compare_linear(Draw& draw, drcnn_linear call) {
  call.type = drcnn_bfloat16;
  const int64_t inputs = call.rows * call.inputs, outputs = call.rows * call.outputs, weights = call.outputs * call.inputs;
  const Maps input = rounded(draw.values<float>(inputs)), grad = rounded(draw.values<float>(outputs));
  const Values<float> weight = draw.values<float>(weights), bias = draw.values<float>(call.outputs);
  const std::string what =
      "linear [" + std::to_string(call.rows) + ", " + std::to_string(call.inputs) + "] -> " + std::to_string(call.outputs);
  const auto run = [&] {
    Results found{unwritten_maps(outputs), {}, unwritten_maps(inputs), unwritten<float>(weights), {}};
    done(drcnn_linear_forward(&call, input.data(), weight.data(), bias.data(), found.output.data()), what);
    done(drcnn_linear_input_gradient(&call, grad.data(), weight.data(), found.input.data()), what);
    done(drcnn_linear_weight_gradient(&call, input.data(), grad.data(), found.weight.data()), what);
    return found;
  };
  const Values<double> in = wide(input), given = wide(grad), w = wide(rounded(weight));
  Values<double> output(outputs), grad_input(inputs), grad_weight(weights);
  for (int64_t r = 0; r < call.rows; r++) {
    for (int64_t o = 0; o < call.outputs; o++) {
      output[r * call.outputs + o] = bias[o];
      for (int64_t i = 0; i < call.inputs; i++) {
        output[r * call.outputs + o] += in[r * call.inputs + i] * w[o * call.inputs + i];
        grad_input[r * call.inputs + i] += given[r * call.outputs + o] * w[o * call.inputs + i];
        grad_weight[o * call.inputs + i] += given[r * call.outputs + o] * in[r * call.inputs + i];
      }
    }
  }
  use_threads(1);
  const Results first = run();
  check(rounded_once(first.output, output), what);
  check(rounded_once(first.input, grad_input), what + ": the input's gradient");
  check(relative_error(first.weight, grad_weight) <= kTolerance, what + ": the weight's gradient");
  use_threads(3);
  check(run().same_as(first), what + " with 3 threads");
  use_threads(1);
  // float32's layers on the same numbers.
  call.type = drcnn_float32;
  const auto single = [](const Maps& maps) { return as<float>(wide(maps)); };
  const Values<float> w32 = single(rounded(weight)), in32 = single(input), given32 = single(grad);
  Values<float> out32 = unwritten<float>(outputs), input32 = unwritten<float>(inputs), weight32 = unwritten<float>(weights);
  done(drcnn_linear_forward(&call, in32.data(), w32.data(), bias.data(), out32.data()), what);
  done(drcnn_linear_input_gradient(&call, given32.data(), w32.data(), input32.data()), what);
  done(drcnn_linear_weight_gradient(&call, in32.data(), given32.data(), weight32.data()), what);
  check(relative_error(out32, output) <= kTolerance, what + " of float32");
  check(relative_error(input32, grad_input) <= kTolerance, what + " of float32: the input's gradient");
  check(relative_error(weight32, grad_weight) <= kTolerance, what + " of float32: the weight's gradient");
}

/// Rounding of weights, sums and outputs: ties to even, infinities and NaN as they are.
inline void check_numbers() {
  const Values<float> given{1.00390625f, 1.01171875f, -1.00390625f, 3.4e38f, kInf, -kInf, kNaN, 0.f, 1e-3f};
  const drcnn_convolution call{1, 1, static_cast<int64_t>(given.size()), 1, 1, 1, 1, drcnn_bfloat16, 0};
  const Maps one{BFloat16(1.f)};
  Maps found = unwritten_maps(call.outputs);
  done(drcnn_convolution_forward(&call, one.data(), given.data(), nullptr, nullptr, nullptr, found.data()), "bfloat16: weights");
  check(same_bits(found, rounded(given)), "bfloat16: weights are rounded to the nearest, ties to even");
  const Values<float> nothing(given.size());
  Maps shifted = unwritten_maps(call.outputs);
  done(drcnn_convolution_forward(&call, one.data(), nothing.data(), nullptr, given.data(), nullptr, shifted.data()), "bfloat16: biases");
  check(same_bits(shifted, rounded(given)), "bfloat16: outputs are rounded to the nearest, ties to even");
}

inline void tests(int64_t draws) {
  Draw draw(11);
  const auto convolution = [&](int64_t n, int64_t c, int64_t o, int64_t h, int64_t w, int64_t k, int64_t s, bool finished) {
    compare_convolution(draw, {n, c, o, h, w, k, s, drcnn_bfloat16, finished ? 1 : 0}, finished);
  };
  convolution(2, 64, 40, 9, 21, 1, 1, true);
  convolution(1, 3, 64, 30, 41, 7, 2, true);
  convolution(2, 24, 33, 11, 35, 3, 1, true);
  convolution(1, 18, 70, 8, 9, 3, 2, false);
  convolution(1, 700, 20, 6, 7, 3, 1, false);   // inner values of several chunks
  convolution(1, 40, 300, 17, 20, 1, 1, true);  // outputs and pixels of several parts
  convolution(1, 130, 60, 7, 9, 1, 2, false);
  convolution(1, 5, 3, 12, 13, 1, 3, false);
  convolution(1, 0, 3, 4, 4, 3, 1, true);
  convolution(0, 2, 3, 4, 4, 3, 1, true);
  convolution(1, 2, 3, 0, 4, 3, 1, true);
  for (int64_t i = 0; i < draws; i++) {
    const int64_t kernel = draw.one_of({1, 1, 3, 3, 3, 5, 7}), stride = draw.one_of({1, 1, 2, 2, 3});
    convolution(
        draw.whole(0, 3), draw.whole(1, 40), draw.whole(1, 70), draw.whole(1, 24), draw.whole(1, 24), kernel, stride, i % 2 == 0);
  }
  compare_linear(draw, {70, 600, 40, 0});
  compare_linear(draw, {0, 5, 3, 0});
  compare_linear(draw, {300, 17, 300, 0});
  for (int64_t i = 0; i < draws; i++) compare_linear(draw, {draw.whole(0, 70), draw.whole(1, 90), draw.whole(1, 90), 0});
  check_numbers();
  drcnn_linear bad{-1, 2, 3, drcnn_bfloat16};
  refused(drcnn_linear_forward(&bad, nullptr, nullptr, nullptr, nullptr), "linear: rows below 0");
  bad = {INT64_MAX, INT64_MAX, 3, drcnn_bfloat16};
  refused(drcnn_linear_forward(&bad, nullptr, nullptr, nullptr, nullptr), "linear: rows without end");
  bad = {1, 2, 3, drcnn_float64};
  refused(drcnn_linear_forward(&bad, nullptr, nullptr, nullptr, nullptr), "linear: float64");
}

}  // namespace drcnn::tests::bf16
