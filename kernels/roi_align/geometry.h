// Where RoIAlign samples the map, as arithmetic alone, for every backend.
#pragma once

#include <cstdint>

#include "../common/host_device.h"

namespace drcnn {

/// Cap of the adaptive sampling count, per axis of a bin. With 7 x 7 bins it is reached by a RoI more than 7168 map
/// pixels wide; below it adaptive sampling is torchvision's: ceil(RoI side / bins).
constexpr int64_t kMaxSamplesPerBin = 1024;

/// Bins along each axis; the products of sizes stay far from what their types hold.
constexpr int64_t kMaxBins = 1024;

struct RoiAlignOptions {
  double spatial_scale;    ///< map pixels per image pixel
  int64_t pooled_height;   ///< bins along y
  int64_t pooled_width;    ///< bins along x
  int64_t sampling_ratio;  ///< samples per axis of a bin; 0 or less: adaptive
  bool aligned;            ///< true: shifted by half a pixel; false: legacy, no shift, sides of at least one map pixel
};

/// One sample along one axis: value = low_weight * map[low] + high_weight * map[high].
template <typename T>
struct Sample {
  int32_t low, high;
  T low_weight, high_weight;
};

/// One axis of a RoI in map pixels.
template <typename T>
struct Side {
  T start, bin;
  int32_t samples;  ///< per bin
};

/// Adaptive sampling count of a bin, ceil(bin); NaN and negative sides have none.
template <typename T>
DRCNN_HOST_DEVICE inline int32_t adaptive_samples(T bin) {
  if (!(bin > 0)) return 0;
  if (!(bin < static_cast<T>(kMaxSamplesPerBin))) return kMaxSamplesPerBin;
  const auto whole = static_cast<int32_t>(bin);
  return whole + (static_cast<T>(whole) < bin ? 1 : 0);
}

template <typename T>
DRCNN_HOST_DEVICE inline Side<T> side(T low, T high, const RoiAlignOptions& options, int64_t bins) {
  const T scale = static_cast<T>(options.spatial_scale);
  const T shift = options.aligned ? T(0.5) : T(0);
  const T start = low * scale - shift;
  const T end = high * scale - shift;
  T length = end - start;
  if (!options.aligned && length < T(1)) length = T(1);
  const T bin = length / static_cast<T>(bins);
  return {start, bin, options.sampling_ratio > 0 ? static_cast<int32_t>(options.sampling_ratio) : adaptive_samples(bin)};
}

/// Where sample i of a bin lies, in map pixels.
template <typename T>
DRCNN_HOST_DEVICE inline T position(const Side<T>& side, int32_t bin, int32_t i) {
  const T step = static_cast<T>(static_cast<float>(i) + 0.5f) * side.bin / static_cast<T>(side.samples);
  return side.start + static_cast<T>(bin) * side.bin + step;
}

/// Whether a sample counts: one more than a pixel past the map's border does not, nor does NaN.
template <typename T>
DRCNN_HOST_DEVICE inline bool sample_at(T at, int32_t size, Sample<T>& sample) {
  if (!(at >= T(-1) && at <= static_cast<T>(size))) return false;
  if (at <= T(0)) at = T(0);
  int32_t low = static_cast<int32_t>(at), high = low + 1;
  if (low >= size - 1) {
    low = high = size - 1;
    at = static_cast<T>(low);
  }
  const T high_weight = at - static_cast<T>(low);
  sample = {low, high, T(1) - high_weight, high_weight};
  return true;
}

/// What the sum of a bin is divided by.
template <typename T>
DRCNN_HOST_DEVICE inline T sample_count(const Side<T>& y, const Side<T>& x) {
  const int32_t count = y.samples * x.samples;
  return static_cast<T>(count < 1 ? 1 : count);
}

}  // namespace drcnn
