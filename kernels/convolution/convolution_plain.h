// What a convolution and its gradients are: one loop over outputs, channels and taps. The fast forms are tested against it in float64.
#pragma once

#include "convolution.h"

namespace drcnn::conv {

/// Calls visit(place in output, place in input, place in weight) for each product of the convolution.
template <typename Visit>
void each_product(const Shape& shape, const Visit& visit) {
  const int64_t out_height = shape.out_height(), out_width = shape.out_width();
  for (int64_t n = 0; n < shape.batch; n++) {
    for (int64_t o = 0; o < shape.outputs; o++) {
      for (int64_t i = 0; i < out_height * out_width; i++) {
        const int64_t output = (n * shape.outputs + o) * out_height * out_width + i;
        for (int64_t c = 0; c < shape.channels; c++) {
          for (int64_t tap = 0; tap < shape.taps(); tap++) {
            const int64_t y = i / out_width * shape.stride + tap / shape.kernel - shape.padding();
            const int64_t x = i % out_width * shape.stride + tap % shape.kernel - shape.padding();
            if (y < 0 || y >= shape.height || x < 0 || x >= shape.width) continue;
            const int64_t input = ((n * shape.channels + c) * shape.height + y) * shape.width + x;
            visit(output, input, (o * shape.channels + c) * shape.taps() + tap);
          }
        }
      }
    }
  }
}

/// output = relu(sums * scale + bias + residual); scale, bias and residual may be null.
template <typename T>
void forward_plain(
    const Shape& shape, const T* input, const T* weight, const T* scale, const T* bias, const T* residual, bool relu,
    T* output) {
  const int64_t pixels = shape.out_pixels(), size = shape.batch * shape.outputs * pixels;
  for (int64_t i = 0; i < size; i++) output[i] = T(0);
  each_product(shape, [&](int64_t out, int64_t in, int64_t w) { output[out] += input[in] * weight[w]; });
  for (int64_t i = 0; i < size; i++) {
    const int64_t o = i / pixels % shape.outputs;
    T value = output[i];
    if (scale != nullptr) value *= scale[o];
    if (bias != nullptr) value += bias[o];
    if (residual != nullptr) value += residual[i];
    output[i] = relu && value < T(0) ? T(0) : value;
  }
}

template <typename T>
void input_gradient_plain(const Shape& shape, const T* grad, const T* weight, T* grad_input) {
  for (int64_t i = 0; i < shape.batch * shape.channels * shape.pixels(); i++) grad_input[i] = T(0);
  each_product(shape, [&](int64_t out, int64_t in, int64_t w) { grad_input[in] += grad[out] * weight[w]; });
}

template <typename T>
void weight_gradient_plain(const Shape& shape, const T* input, const T* grad, T* grad_weight) {
  for (int64_t i = 0; i < shape.outputs * shape.channels * shape.taps(); i++) grad_weight[i] = T(0);
  each_product(shape, [&](int64_t out, int64_t in, int64_t w) { grad_weight[w] += grad[out] * input[in]; });
}

}  // namespace drcnn::conv
