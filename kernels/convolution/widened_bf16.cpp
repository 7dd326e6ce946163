// bfloat16 by float32's products, for processors without instructions of their own for it: a product of two such numbers is exact there.
#include <memory>

#include "convolution_bf16.h"
#include "convolution_plain.h"
#include "host.h"
#include "numbers.h"

namespace drcnn::conv::bf16::widened {
namespace {

constexpr int64_t kGrain = 32768;

using Floats = std::unique_ptr<float[]>;
Floats new_floats(int64_t count) { return Floats(new float[count]); }

float of(uint16_t bits) { return float_of(static_cast<uint32_t>(bits) << 16); }
float of(float weight) { return static_cast<float>(BFloat16(weight)); }

/// The numbers that are multiplied, as float32; null stays null.
template <typename T>
Floats widened(const T* from, int64_t count) {
  if (from == nullptr) return nullptr;
  Floats to = new_floats(count);
  parallel_for(0, count, kGrain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) to[i] = of(from[i]);
  });
  return to;
}

void put_rounded(const Floats& from, int64_t count, uint16_t* to) {
  parallel_for(0, count, kGrain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) to[i] = BFloat16(from[i]).bits;
  });
}

int64_t inputs_of(const Shape& shape) { return shape.batch * shape.channels * shape.pixels(); }
int64_t outputs_of(const Shape& shape) { return shape.batch * shape.outputs * shape.out_pixels(); }
int64_t weights_of(const Shape& shape) { return shape.outputs * shape.channels * shape.taps(); }

void forward(bool, const Shape& shape, const uint16_t* input, const float* weight, const Finish& finish, uint16_t* output) {
  const int64_t count = outputs_of(shape);
  const Floats in = widened(input, inputs_of(shape)), w = widened(weight, weights_of(shape));
  const Floats residual = widened(finish.residual, count), out = new_floats(count);
  if (shape.channels == 0) {
    forward_plain(shape, in.get(), w.get(), finish.scale, finish.bias, residual.get(), finish.relu, out.get());
  } else {
    conv::version().forward(shape, in.get(), w.get(), {finish.scale, finish.bias, residual.get(), finish.relu}, out.get());
  }
  put_rounded(out, count, output);
}

void input_gradient(bool, const Shape& shape, const uint16_t* grad, const float* weight, uint16_t* grad_input) {
  const Floats given = widened(grad, outputs_of(shape)), w = widened(weight, weights_of(shape)), made = new_floats(inputs_of(shape));
  (shape.outputs == 0 ? input_gradient_plain<float> : conv::version().input_gradient)(shape, given.get(), w.get(), made.get());
  put_rounded(made, inputs_of(shape), grad_input);
}

void weight_gradient(bool, const Shape& shape, const uint16_t* input, const uint16_t* grad, float* grad_weight) {
  const Floats in = widened(input, inputs_of(shape)), given = widened(grad, outputs_of(shape));
  conv::version().weight_gradient(shape, in.get(), given.get(), grad_weight);
}

void relu_gradient(int64_t count, const uint16_t* grad, const uint16_t* output, uint16_t* grad_sums) {
  parallel_for(0, count, kGrain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) grad_sums[i] = of(output[i]) > 0.f ? grad[i] : uint16_t{0};
  });
}

void linear(bool, const LinearShape& shape, const uint16_t* input, const float* weight, const float* bias, uint16_t* output) {
  const Floats in = widened(input, shape.rows * shape.inputs), w = widened(weight, shape.outputs * shape.inputs);
  const Floats out = new_floats(shape.rows * shape.outputs);
  conv::linear(shape, in.get(), w.get(), bias, out.get());
  put_rounded(out, shape.rows * shape.outputs, output);
}

void linear_input_gradient(bool, const LinearShape& shape, const uint16_t* grad, const float* weight, uint16_t* grad_input) {
  const Floats given = widened(grad, shape.rows * shape.outputs), w = widened(weight, shape.outputs * shape.inputs);
  const Floats made = new_floats(shape.rows * shape.inputs);
  conv::linear_input_gradient(shape, given.get(), w.get(), made.get());
  put_rounded(made, shape.rows * shape.inputs, grad_input);
}

void linear_weight_gradient(bool, const LinearShape& shape, const uint16_t* input, const uint16_t* grad, float* grad_weight) {
  const Floats in = widened(input, shape.rows * shape.inputs), given = widened(grad, shape.rows * shape.outputs);
  conv::linear_weight_gradient(shape, in.get(), given.get(), grad_weight);
}

}  // namespace

const Version version{forward, input_gradient, weight_gradient, relu_gradient, linear, linear_input_gradient, linear_weight_gradient};

}  // namespace drcnn::conv::bf16::widened
