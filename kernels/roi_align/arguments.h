// The checks of RoIAlign's arguments, for every backend.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

#include <cmath>

#include "geometry.h"

namespace drcnn {

struct MapShape {
  int64_t batch, channels, height, width;
  int64_t pixels() const { return height * width; }
};

/// float16 only where the backend has it.
inline void check_roi_align_type(const char* name, const at::Tensor& values, bool has_float16) {
  const auto type = values.scalar_type();
  TORCH_CHECK(
      type == at::kFloat || type == at::kDouble || type == at::kBFloat16 || (has_float16 && type == at::kHalf),
      "roi_align: ", name, " must be float32, float64", has_float16 ? ", float16" : "", " or bfloat16, got ", type);
}

inline MapShape check_roi_align_input(const at::Tensor& input, bool has_float16) {
  TORCH_CHECK(input.dim() == 4, "roi_align: input must be [N, C, H, W], got ", input.sizes());
  check_roi_align_type("input", input, has_float16);
  return {input.size(0), input.size(1), input.size(2), input.size(3)};
}

inline void check_roi_align_gradient(
    const at::Tensor& grad, const at::Tensor& rois, const RoiAlignOptions& options, const MapShape& map,
    bool has_float16) {
  TORCH_CHECK(
      grad.dim() == 4 && grad.size(0) == rois.size(0) && grad.size(1) == map.channels &&
          grad.size(2) == options.pooled_height && grad.size(3) == options.pooled_width,
      "_roi_align_backward: grad must be [", rois.size(0), ", ", map.channels, ", ", options.pooled_height, ", ",
      options.pooled_width, "], got ", grad.sizes());
  check_roi_align_type("grad", grad, has_float16);
}

inline void check_roi_align_arguments(
    const RoiAlignOptions& options, const at::Tensor& rois, const MapShape& map, c10::Device device, bool has_float16) {
  TORCH_CHECK(rois.dim() == 2 && rois.size(1) == 5, "roi_align: rois must be [R, 5], got ", rois.sizes());
  check_roi_align_type("rois", rois, has_float16);
  TORCH_CHECK(
      rois.device() == device, "roi_align: rois must be on input's device ", device, ", got ", rois.device());
  TORCH_CHECK(
      options.pooled_height > 0 && options.pooled_width > 0 && options.pooled_height <= kMaxBins &&
          options.pooled_width <= kMaxBins,
      "roi_align: pooled_height and pooled_width must be positive and at most ", kMaxBins, ", got ",
      options.pooled_height, " and ", options.pooled_width);
  TORCH_CHECK(
      options.sampling_ratio <= kMaxSamplesPerBin, "roi_align: sampling_ratio must be at most ", kMaxSamplesPerBin,
      ", got ", options.sampling_ratio);
  TORCH_CHECK(
      std::isfinite(options.spatial_scale) && options.spatial_scale > 0,
      "roi_align: spatial_scale must be positive and finite, got ", options.spatial_scale);
  TORCH_CHECK(
      map.height > 0 && map.width > 0 && map.height < INT32_MAX && map.width < INT32_MAX,
      "roi_align: the map must have at least one pixel, got height ", map.height, " and width ", map.width);
}

}  // namespace drcnn
