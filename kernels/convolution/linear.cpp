// The C functions of linear layers.
#include "linear.h"

#include <algorithm>

#include "convolution_bf16.h"
#include "host.h"

namespace drcnn::conv {
namespace {

Shape turned(const LinearShape& shape) { return {1, shape.outputs, shape.rows, 1, shape.inputs, 1, 1}; }

void clear(int64_t count, float* values) { std::fill_n(values, count, 0.f); }

LinearShape shape_of(const drcnn_linear& call) {
  constexpr int64_t kMostNumbers = int64_t{1} << 40;
  const auto too_large = [](int64_t a, int64_t b) { return a > 0 && b > kMostNumbers / a; };
  DRCNN_CHECK(
      call.type == drcnn_float32 || call.type == drcnn_bfloat16, "linear: expected float32 or bfloat16, got ", name_of_type(call.type));
  DRCNN_CHECK(
      call.rows >= 0 && call.inputs >= 0 && call.outputs >= 0, "linear: sizes must not be negative, got input [", call.rows, ", ",
      call.inputs, "] and ", call.outputs, " outputs");
  DRCNN_CHECK(
      call.inputs < kMostSide && !too_large(call.rows, call.inputs) && !too_large(call.rows, call.outputs) &&
          !too_large(call.outputs, call.inputs),
      "linear: input [", call.rows, ", ", call.inputs, "] with ", call.outputs, " outputs is too large");
  return {call.rows, call.inputs, call.outputs};
}

}  // namespace

void linear(const LinearShape& shape, const float* input, const float* weight, const float* bias, float* output) {
  const int64_t count = shape.rows * shape.outputs;
  if (shape.inputs == 0) {
    clear(count, output);
  } else {
    version().weight_gradient(turned(shape), weight, input, output);
  }
  if (bias == nullptr) return;
  parallel_for(0, shape.rows, std::max<int64_t>(65536 / shape.outputs, 1), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; r++) {
      float* row = output + r * shape.outputs;
      for (int64_t o = 0; o < shape.outputs; o++) row[o] += bias[o];
    }
  });
}

void linear_input_gradient(const LinearShape& shape, const float* grad, const float* weight, float* grad_input) {
  if (shape.outputs == 0) return clear(shape.rows * shape.inputs, grad_input);
  version().forward(turned(shape), weight, grad, {}, grad_input);
}

void linear_weight_gradient(const LinearShape& shape, const float* input, const float* grad, float* grad_weight) {
  if (shape.rows == 0) return clear(shape.outputs * shape.inputs, grad_weight);
  version().input_gradient(turned(shape), input, grad, grad_weight);
}

}  // namespace drcnn::conv

using namespace drcnn;
using namespace drcnn::conv;

int32_t drcnn_linear_forward(
    const drcnn_linear* call, const void* input, const float* weight, const float* bias, void* output) {
  return guarded([&] {
    const LinearShape shape = shape_of(*call);
    if (shape.rows * shape.outputs == 0) return;
    if (call->type == drcnn_float32) return linear(shape, static_cast<const float*>(input), weight, bias, static_cast<float*>(output));
    const auto [version, tiles] = bf16::form();
    version->linear(tiles, shape, static_cast<const uint16_t*>(input), weight, bias, static_cast<uint16_t*>(output));
  });
}

int32_t drcnn_linear_input_gradient(const drcnn_linear* call, const void* grad, const float* weight, void* grad_input) {
  return guarded([&] {
    const LinearShape shape = shape_of(*call);
    if (shape.rows * shape.inputs == 0) return;
    if (call->type == drcnn_float32) {
      return linear_input_gradient(shape, static_cast<const float*>(grad), weight, static_cast<float*>(grad_input));
    }
    const auto [version, tiles] = bf16::form();
    version->linear_input_gradient(tiles, shape, static_cast<const uint16_t*>(grad), weight, static_cast<uint16_t*>(grad_input));
  });
}

int32_t drcnn_linear_weight_gradient(const drcnn_linear* call, const void* input, const void* grad, float* grad_weight) {
  return guarded([&] {
    const LinearShape shape = shape_of(*call);
    if (shape.outputs * shape.inputs == 0) return;
    if (call->type == drcnn_float32) {
      return linear_weight_gradient(shape, static_cast<const float*>(input), static_cast<const float*>(grad), grad_weight);
    }
    const auto [version, tiles] = bf16::form();
    version->linear_weight_gradient(
        tiles, shape, static_cast<const uint16_t*>(input), static_cast<const uint16_t*>(grad), grad_weight);
  });
}
