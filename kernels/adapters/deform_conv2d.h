// What the adapters of deformable convolution share: its arguments as tensors, checked, and their numbers for a call.
#pragma once

#include <tuple>

#include "../deform_conv2d/shape.h"
#include "../torch_c/compat.h"
#include "status.h"

namespace drcnn::deform {

using compat::optional_tensor;
using Gradients = std::tuple<at::Tensor, at::Tensor, at::Tensor, at::Tensor, at::Tensor>;

struct Options {
  int64_t stride_h, stride_w, pad_h, pad_w, dil_h, dil_w, groups, offset_groups;
};

inline void check_map(const char* name, const at::Tensor& tensor, const Shape& shape, int64_t channels) {
  TORCH_CHECK(
      tensor.dim() == 4 && tensor.size(0) == shape.batch && tensor.size(1) == channels && tensor.size(2) == shape.out_h &&
          tensor.size(3) == shape.out_w,
      "deform_conv2d: ", name, " must be [", shape.batch, ", ", channels, ", ", shape.out_h, ", ", shape.out_w, "], got ",
      tensor.sizes(), ".");
}

inline void check_like(const char* name, const at::Tensor& tensor, const at::Tensor& input) {
  TORCH_CHECK(
      tensor.scalar_type() == input.scalar_type(), "deform_conv2d: ", name, " must be of input's type ", input.scalar_type(),
      ", got ", tensor.scalar_type(), ".");
  TORCH_CHECK(
      tensor.device() == input.device(), "deform_conv2d: ", name, " must be on input's device ", input.device(), ", got ",
      tensor.device(), ".");
}

/// The sizes of a call; an error of one sentence where the tensors do not agree. float16 only where the backend has it.
inline Shape check_arguments(
    const at::Tensor& input, const at::Tensor& weight, const at::Tensor& offset, const optional_tensor& mask,
    const optional_tensor& bias, const Options& o, bool has_float16) {
  TORCH_CHECK(input.dim() == 4, "deform_conv2d: input must be [N, C, H, W], got ", input.sizes(), ".");
  TORCH_CHECK(weight.dim() == 4, "deform_conv2d: weight must be [O, C/G, kernel_h, kernel_w], got ", weight.sizes(), ".");
  const auto type = input.scalar_type();
  Shape shape;
  try {
    shape = shape_of(
        {input.size(0), input.size(1), weight.size(0), input.size(2), input.size(3), weight.size(2), weight.size(3), o.stride_h,
         o.stride_w, o.pad_h, o.pad_w, o.dil_h, o.dil_w, o.groups, o.offset_groups,
         type_of(type == at::kDouble ? at::kDouble : at::kFloat)});
  } catch (const std::invalid_argument& error) {
    TORCH_CHECK(false, error.what());
  }
  TORCH_CHECK(
      weight.size(1) == shape.group_channels(), "deform_conv2d: weight must be [", shape.outputs, ", ", shape.group_channels(),
      ", at least 1, at least 1], got ", weight.sizes(), ".");
  check_map("offset", offset, shape, 2 * shape.samples());
  if (mask.has_value()) check_map("mask", *mask, shape, shape.samples());
  TORCH_CHECK(
      type == at::kFloat || type == at::kDouble || type == at::kBFloat16 || (has_float16 && type == at::kHalf),
      "deform_conv2d: input must be float32, float64", has_float16 ? ", float16" : "", " or bfloat16, got ", type, ".");
  check_like("weight", weight, input);
  check_like("offset", offset, input);
  if (mask.has_value()) check_like("mask", *mask, input);
  if (bias.has_value()) {
    TORCH_CHECK(
        bias->dim() == 1 && bias->size(0) == shape.outputs, "deform_conv2d: bias must be [", shape.outputs, "], got ",
        bias->sizes(), ".");
    check_like("bias", *bias, input);
  }
  return shape;
}

/// What a call computes in: other numbers become float32, and the results become such numbers again.
inline at::ScalarType computed_in(const Shape& shape) { return static_cast<at::ScalarType>(shape.type); }

/// A tensor in memory as a kernel reads it; undefined: there is none.
inline at::Tensor dense(const Shape& shape, const at::Tensor& tensor) { return tensor.to(computed_in(shape)).contiguous(); }
inline at::Tensor dense(const Shape& shape, const optional_tensor& tensor) {
  return tensor.has_value() ? dense(shape, *tensor) : at::Tensor();
}

/// Null: there is no tensor.
inline void* memory_of(const at::Tensor& tensor) { return tensor.defined() ? tensor.data_ptr() : nullptr; }

}  // namespace drcnn::deform
