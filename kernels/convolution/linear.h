// A linear layer, y [rows, outputs] = x [rows, inputs] W^T + bias, by the products of the convolutions.
#pragma once

#include "convolution.h"

namespace drcnn::conv {

struct LinearShape {
  int64_t rows, inputs, outputs;
};

/// float32's forms: a layer's product is a convolution's with rows as outputs, outputs as channels and inputs as pixels. Then y is what the
/// weights' gradient is to a convolution, x's gradient what its outputs are and W's gradient what its input's gradient is.
void linear(const LinearShape& shape, const float* input, const float* weight, const float* bias, float* output);
void linear_input_gradient(const LinearShape& shape, const float* grad, const float* weight, float* grad_input);
void linear_weight_gradient(const LinearShape& shape, const float* input, const float* grad, float* grad_weight);

}  // namespace drcnn::conv
