// The checks of RoIAlign's arguments, for every device.
#pragma once

#include <cmath>

#include "../common/sizes.h"
#include "geometry.h"

namespace drcnn {

struct MapShape {
  int64_t batch, channels, height, width;
  int64_t pixels() const { return height * width; }
};

inline MapShape map_of(const drcnn_roi_align& call) { return {call.batch, call.channels, call.height, call.width}; }

inline RoiAlignOptions options_of(const drcnn_roi_align& call) {
  return {call.spatial_scale, call.pooled_height, call.pooled_width, call.sampling_ratio, call.aligned != 0};
}

/// most_bins: along an axis.
inline void check_roi_align_arguments(const drcnn_roi_align& call, int64_t most_bins) {
  DRCNN_CHECK(
      call.pooled_height > 0 && call.pooled_width > 0 && call.pooled_height <= most_bins && call.pooled_width <= most_bins,
      "roi_align: pooled_height and pooled_width must be positive and at most ", most_bins, ", got ", call.pooled_height, " and ",
      call.pooled_width);
  DRCNN_CHECK(
      call.sampling_ratio <= kMaxSamplesPerBin, "roi_align: sampling_ratio must be at most ", kMaxSamplesPerBin, ", got ",
      call.sampling_ratio);
  DRCNN_CHECK(
      std::isfinite(call.spatial_scale) && call.spatial_scale > 0, "roi_align: spatial_scale must be positive and finite, got ",
      call.spatial_scale);
  DRCNN_CHECK(
      call.height > 0 && call.width > 0 && call.height < INT32_MAX && call.width < INT32_MAX,
      "roi_align: the map must have at least one pixel, got height ", call.height, " and width ", call.width);
  check_sizes("roi_align: the map", {call.batch, call.channels, call.height, call.width});
  check_sizes("roi_align: rois", {call.rois, 5});
  check_sizes("roi_align: pooled", {call.rois, call.channels, call.pooled_height, call.pooled_width});
}

}  // namespace drcnn
