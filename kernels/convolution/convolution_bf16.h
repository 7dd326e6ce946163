// Convolutions and linear layers of bfloat16: maps and their gradients are bfloat16 in memory, weights and their gradients float32. Weights
// are rounded when they are packed, sums are float32, and what is written is rounded once.
//
// pairs     for processors with avx512_bf16: products of blocks (product_bf16.h) by its dot products of pairs or by AMX's tiles
// widened   elsewhere: float32's products on the widened numbers, which are exact there

#pragma once

#include "linear.h"

namespace drcnn::conv::bf16 {

/// What happens to the sums before they become outputs. A null pointer changes nothing.
struct Finish {
  const float* scale = nullptr;        ///< [O]
  const float* bias = nullptr;         ///< [O]
  const uint16_t* residual = nullptr;  ///< [N, O, H', W']
  bool relu = false;
};

/// One form; the arguments are those of drcnn_kernels.h, none of the results is empty. `tiles`: products by AMX.
struct Version {
  void (*forward)(bool tiles, const Shape& shape, const uint16_t* input, const float* weight, const Finish& finish, uint16_t* output);
  void (*input_gradient)(bool tiles, const Shape& shape, const uint16_t* grad, const float* weight, uint16_t* grad_input);
  void (*weight_gradient)(bool tiles, const Shape& shape, const uint16_t* input, const uint16_t* grad, float* grad_weight);
  void (*relu_gradient)(int64_t count, const uint16_t* grad, const uint16_t* output, uint16_t* grad_sums);
  void (*linear)(bool tiles, const LinearShape& shape, const uint16_t* input, const float* weight, const float* bias, uint16_t* output);
  void (*linear_input_gradient)(
      bool tiles, const LinearShape& shape, const uint16_t* grad, const float* weight, uint16_t* grad_input);
  void (*linear_weight_gradient)(
      bool tiles, const LinearShape& shape, const uint16_t* input, const uint16_t* grad, float* grad_weight);
};

namespace pairs {
extern const Version version;
}
namespace widened {
extern const Version version;
}

/// Of this processor, and whether it multiplies by AMX.
struct Form {
  const Version* version;
  bool tiles;
};
Form form();

/// The same for a convolution: where Winograd's algorithm repays, float32's is faster than dot products of pairs without it.
Form form_of(const Shape& shape);

}  // namespace drcnn::conv::bf16
