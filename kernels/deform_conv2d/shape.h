// The sizes of one deformable convolution, and the checks that its numbers agree, for every backend.
#pragma once

#include "../common/sizes.h"

namespace drcnn::deform {

struct Shape : drcnn_deform_conv2d {
  int64_t out_h, out_w;

  int64_t taps() const { return kernel_h * kernel_w; }
  int64_t samples() const { return offset_groups * taps(); }  ///< places of the map that one output position looks at
  int64_t pixels() const { return height * width; }
  int64_t positions() const { return out_h * out_w; }
  int64_t group_channels() const { return channels / groups; }
  int64_t group_outputs() const { return outputs / groups; }
  int64_t offset_group_channels() const { return channels / offset_groups; }
  int64_t columns() const { return taps() * channels; }  ///< values that one output position sees
  int64_t group_columns() const { return taps() * group_channels(); }
};

/// The largest stride, dilation or padding: positions are 32-bit numbers, and products of such numbers fit 64.
constexpr int64_t kMaxStep = INT32_MAX;

inline bool is_step(int64_t step) { return step > 0 && step <= kMaxStep; }

/// Whether a * b is from 1 to the largest 32-bit number.
inline bool is_count(int64_t a, int64_t b) { return a > 0 && b > 0 && a <= INT32_MAX / b; }

inline int64_t output_side(int64_t side, int64_t pad, int64_t dilation, int64_t kernel, int64_t stride) {
  const int64_t room = side + 2 * pad - dilation * (kernel - 1) - 1;
  return room < 0 ? 0 : room / stride + 1;
}

/// The sizes; an error of one sentence where the numbers do not agree.
inline Shape shape_of(const drcnn_deform_conv2d& call) {
  Shape shape;
  static_cast<drcnn_deform_conv2d&>(shape) = call;
  DRCNN_CHECK(
      is_step(shape.stride_h) && is_step(shape.stride_w) && is_step(shape.dil_h) && is_step(shape.dil_w),
      "deform_conv2d: strides and dilations must be positive and at most ", kMaxStep, ", got (", shape.stride_h, ", ", shape.stride_w,
      ") and (", shape.dil_h, ", ", shape.dil_w, ").");
  DRCNN_CHECK(
      shape.pad_h >= 0 && shape.pad_w >= 0 && shape.pad_h <= kMaxStep && shape.pad_w <= kMaxStep,
      "deform_conv2d: paddings must be from 0 to ", kMaxStep, ", got (", shape.pad_h, ", ", shape.pad_w, ").");
  DRCNN_CHECK(
      shape.groups > 0 && shape.offset_groups > 0, "deform_conv2d: groups and offset_groups must be positive, got ", shape.groups,
      " and ", shape.offset_groups, ".");
  DRCNN_CHECK(
      shape.channels > 0 && shape.channels % shape.groups == 0 && shape.channels % shape.offset_groups == 0,
      "deform_conv2d: input's ", shape.channels, " channels must be a multiple of groups (", shape.groups,
      ") and of offset_groups (", shape.offset_groups, ").");
  DRCNN_CHECK(
      shape.outputs > 0 && shape.outputs % shape.groups == 0, "deform_conv2d: weight's ", shape.outputs,
      " output channels must be a multiple of groups (", shape.groups, ").");
  DRCNN_CHECK(
      shape.kernel_h > 0 && shape.kernel_w > 0, "deform_conv2d: weight must be [", shape.outputs, ", ", shape.group_channels(),
      ", at least 1, at least 1], got [", shape.outputs, ", ", shape.group_channels(), ", ", shape.kernel_h, ", ", shape.kernel_w,
      "].");
  DRCNN_CHECK(
      is_count(shape.kernel_h, shape.kernel_w) && is_count(shape.taps(), shape.channels),
      "deform_conv2d: an output position can see at most ", INT32_MAX, " values, got ", shape.channels, " channels at ",
      shape.kernel_h, " x ", shape.kernel_w, " taps.");
  DRCNN_CHECK(
      is_count(shape.height, shape.width), "deform_conv2d: input must have from 1 to ", INT32_MAX,
      " pixels, got [", shape.batch, ", ", shape.channels, ", ", shape.height, ", ", shape.width, "].");
  shape.out_h = output_side(shape.height, shape.pad_h, shape.dil_h, shape.kernel_h, shape.stride_h);
  shape.out_w = output_side(shape.width, shape.pad_w, shape.dil_w, shape.kernel_w, shape.stride_w);
  DRCNN_CHECK(
      shape.out_h > 0 && shape.out_w > 0, "deform_conv2d: input [", shape.height, ", ", shape.width,
      "] with its padding is smaller than the kernel.");
  DRCNN_CHECK(
      is_count(shape.out_h, shape.out_w), "deform_conv2d: the output would have more than ", INT32_MAX, " positions.");
  check_sizes("deform_conv2d: weight", {shape.outputs, shape.group_channels(), shape.kernel_h, shape.kernel_w});
  check_sizes("deform_conv2d: input", {shape.batch, shape.channels, shape.height, shape.width});
  check_sizes("deform_conv2d: offset", {shape.batch, 2 * shape.samples(), shape.out_h, shape.out_w});
  check_sizes("deform_conv2d: output", {shape.batch, shape.outputs, shape.out_h, shape.out_w});
  return shape;
}

/// Without a mask there is nothing that its gradient would be of.
inline void check_masks(const void* mask, const void* grad_mask) {
  DRCNN_CHECK(mask != nullptr || grad_mask == nullptr, "deform_conv2d: grad_mask must be NULL where mask is, got memory for it.");
}

}  // namespace drcnn::deform
