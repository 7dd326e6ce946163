// The checks of RoIAlign's tensors, for every device; what the numbers have to be the kernels check.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

#include "status.h"

namespace drcnn {

/// float16 only where the device has it.
inline void check_roi_align_type(const char* name, const at::Tensor& values, bool has_float16) {
  const auto type = values.scalar_type();
  TORCH_CHECK(
      type == at::kFloat || type == at::kDouble || type == at::kBFloat16 || (has_float16 && type == at::kHalf),
      "roi_align: ", name, " must be float32, float64", has_float16 ? ", float16" : "", " or bfloat16, got ", type);
}

inline void check_rois(const at::Tensor& rois, c10::Device device, bool has_float16) {
  TORCH_CHECK(rois.dim() == 2 && rois.size(1) == 5, "roi_align: rois must be [R, 5], got ", rois.sizes());
  check_roi_align_type("rois", rois, has_float16);
  TORCH_CHECK(rois.device() == device, "roi_align: rois must be on input's device ", device, ", got ", rois.device());
}

inline void check_roi_align_input(const at::Tensor& input, bool has_float16) {
  TORCH_CHECK(input.dim() == 4, "roi_align: input must be [N, C, H, W], got ", input.sizes());
  check_roi_align_type("input", input, has_float16);
}

/// In the type that a map of this one is computed in.
inline at::Tensor rois_for(at::ScalarType map, const at::Tensor& rois) {
  return rois.to(map == at::kDouble ? at::kDouble : at::kFloat).contiguous();
}

/// The call of a map, without its layout.
inline drcnn_roi_align roi_align_call(
    const at::Tensor& input, const at::Tensor& rois, double spatial_scale, int64_t pooled_height, int64_t pooled_width,
    int64_t sampling_ratio, bool aligned, bool has_float16) {
  check_roi_align_input(input, has_float16);
  check_rois(rois, input.device(), has_float16);
  return {input.size(0), input.size(1), input.size(2), input.size(3), rois.size(0), pooled_height, pooled_width, sampling_ratio,
          spatial_scale, type_of(input.scalar_type()), aligned, 0, 0};
}

/// The call of a map's gradient.
inline drcnn_roi_align roi_align_gradient_call(
    const at::Tensor& grad, const at::Tensor& rois, double spatial_scale, int64_t pooled_height, int64_t pooled_width,
    int64_t batch, int64_t channels, int64_t height, int64_t width, int64_t sampling_ratio, bool aligned, bool channels_last,
    bool has_float16) {
  check_rois(rois, grad.device(), has_float16);
  TORCH_CHECK(
      grad.dim() == 4 && grad.size(0) == rois.size(0) && grad.size(1) == channels && grad.size(2) == pooled_height &&
          grad.size(3) == pooled_width,
      "_roi_align_backward: grad must be [", rois.size(0), ", ", channels, ", ", pooled_height, ", ", pooled_width, "], got ",
      grad.sizes());
  check_roi_align_type("grad", grad, has_float16);
  return {batch, channels, height, width, rois.size(0), pooled_height, pooled_width, sampling_ratio, spatial_scale,
          type_of(grad.scalar_type()), aligned, channels_last, 0};
}

}  // namespace drcnn
