// The sizes of one deformable convolution, and the checks that its arguments agree, for every backend.
#pragma once

#include "deform_conv2d.h"

namespace drcnn::deform {

struct Shape : DeformConvOptions {
  int64_t batch, channels, height, width;
  int64_t out_channels, kernel_h, kernel_w, out_h, out_w;

  int64_t taps() const { return kernel_h * kernel_w; }
  int64_t pixels() const { return height * width; }
  int64_t positions() const { return out_h * out_w; }
  int64_t group_channels() const { return channels / groups; }
  int64_t group_outputs() const { return out_channels / groups; }
  int64_t offset_group_channels() const { return channels / offset_groups; }
  int64_t columns() const { return taps() * channels; }              ///< values that one output position sees
  int64_t group_columns() const { return taps() * group_channels(); }
};

/// The largest stride, dilation or padding: positions are 32-bit numbers, and products of such numbers fit 64.
constexpr int64_t kMaxStep = INT32_MAX;

inline bool is_step(int64_t step) { return step > 0 && step <= kMaxStep; }

inline void check_like(const char* name, const at::Tensor& tensor, const at::Tensor& input) {
  TORCH_CHECK(
      tensor.scalar_type() == input.scalar_type(), "deform_conv2d: ", name, " must be of input's type ",
      input.scalar_type(), ", got ", tensor.scalar_type(), ".");
  TORCH_CHECK(
      tensor.device() == input.device(), "deform_conv2d: ", name, " must be on input's device ", input.device(),
      ", got ", tensor.device(), ".");
}

inline void check_map(const char* name, const at::Tensor& tensor, const Shape& shape, int64_t channels) {
  TORCH_CHECK(
      tensor.dim() == 4 && tensor.size(0) == shape.batch && tensor.size(1) == channels &&
          tensor.size(2) == shape.out_h && tensor.size(3) == shape.out_w,
      "deform_conv2d: ", name, " must be [", shape.batch, ", ", channels, ", ", shape.out_h, ", ", shape.out_w,
      "], got ", tensor.sizes(), ".");
}

inline int64_t output_side(int64_t side, int64_t pad, int64_t dilation, int64_t kernel, int64_t stride) {
  const int64_t room = side + 2 * pad - dilation * (kernel - 1) - 1;
  return room < 0 ? 0 : room / stride + 1;
}

/// The sizes; an error of one sentence where the arguments do not agree. float16 only where the backend has it.
inline Shape check_arguments(
    const at::Tensor& input, const at::Tensor& weight, const at::Tensor& offset, const compat::optional_tensor& mask,
    const compat::optional_tensor& bias, const DeformConvOptions& options, bool has_float16 = false) {
  TORCH_CHECK(input.dim() == 4, "deform_conv2d: input must be [N, C, H, W], got ", input.sizes(), ".");
  TORCH_CHECK(weight.dim() == 4, "deform_conv2d: weight must be [O, C/G, kernel_h, kernel_w], got ", weight.sizes(), ".");
  TORCH_CHECK(
      is_step(options.stride_h) && is_step(options.stride_w) && is_step(options.dil_h) && is_step(options.dil_w),
      "deform_conv2d: strides and dilations must be positive and at most ", kMaxStep, ", got (", options.stride_h, ", ", options.stride_w,
      ") and (", options.dil_h, ", ", options.dil_w, ").");
  TORCH_CHECK(
      options.pad_h >= 0 && options.pad_w >= 0 && options.pad_h <= kMaxStep && options.pad_w <= kMaxStep,
      "deform_conv2d: paddings must be from 0 to ", kMaxStep, ", got (", options.pad_h, ", ", options.pad_w, ").");
  TORCH_CHECK(
      options.groups > 0 && options.offset_groups > 0, "deform_conv2d: groups and offset_groups must be positive, got ",
      options.groups, " and ", options.offset_groups, ".");
  Shape shape;
  static_cast<DeformConvOptions&>(shape) = options;
  shape.batch = input.size(0), shape.channels = input.size(1), shape.height = input.size(2), shape.width = input.size(3);
  shape.out_channels = weight.size(0), shape.kernel_h = weight.size(2), shape.kernel_w = weight.size(3);
  TORCH_CHECK(
      shape.channels > 0 && shape.channels % shape.groups == 0 && shape.channels % shape.offset_groups == 0,
      "deform_conv2d: input's ", shape.channels, " channels must be a multiple of groups (", shape.groups,
      ") and of offset_groups (", shape.offset_groups, ").");
  TORCH_CHECK(
      shape.out_channels > 0 && shape.out_channels % shape.groups == 0, "deform_conv2d: weight's ", shape.out_channels,
      " output channels must be a multiple of groups (", shape.groups, ").");
  TORCH_CHECK(
      weight.size(1) == shape.group_channels() && shape.taps() > 0, "deform_conv2d: weight must be [",
      shape.out_channels, ", ", shape.group_channels(), ", at least 1, at least 1], got ", weight.sizes(), ".");
  shape.out_h = output_side(shape.height, shape.pad_h, shape.dil_h, shape.kernel_h, shape.stride_h);
  shape.out_w = output_side(shape.width, shape.pad_w, shape.dil_w, shape.kernel_w, shape.stride_w);
  TORCH_CHECK(
      shape.out_h > 0 && shape.out_w > 0, "deform_conv2d: input [", shape.height, ", ", shape.width,
      "] with its padding is smaller than the kernel.");
  TORCH_CHECK(
      shape.pixels() > 0 && shape.pixels() <= INT32_MAX, "deform_conv2d: input must have from 1 to ", INT32_MAX,
      " pixels, got ", input.sizes(), ".");
  TORCH_CHECK(
      shape.out_h <= INT32_MAX / shape.out_w, "deform_conv2d: the output would have more than ", INT32_MAX, " positions.");
  check_map("offset", offset, shape, 2 * shape.offset_groups * shape.taps());
  if (mask.has_value()) check_map("mask", *mask, shape, shape.offset_groups * shape.taps());
  const auto type = input.scalar_type();
  TORCH_CHECK(
      type == at::kFloat || type == at::kDouble || type == at::kBFloat16 || (has_float16 && type == at::kHalf),
      "deform_conv2d: input must be float32, float64", has_float16 ? ", float16" : "", " or bfloat16, got ", type, ".");
  check_like("weight", weight, input);
  check_like("offset", offset, input);
  if (mask.has_value()) check_like("mask", *mask, input);
  if (bias.has_value()) {
    TORCH_CHECK(
        bias->dim() == 1 && bias->size(0) == shape.out_channels, "deform_conv2d: bias must be [", shape.out_channels,
        "], got ", bias->sizes(), ".");
    check_like("bias", *bias, input);
  }
  return shape;
}

}  // namespace drcnn::deform
