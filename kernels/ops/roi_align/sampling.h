// Where RoIAlign samples the map. Samples of a bin are the product of a y and an x list, so a RoI is two short lists
// of one-dimensional samples, shared by all channels.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "roi_align.h"

namespace drcnn {

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
  int64_t samples;  ///< per bin
};

/// Adaptive sampling count of a bin; NaN and negative sides have none.
template <typename T>
int64_t adaptive_samples(T bin) {
  const T samples = std::ceil(bin);
  if (!(samples > 0)) return 0;
  return samples < static_cast<T>(kMaxSamplesPerBin) ? static_cast<int64_t>(samples) : kMaxSamplesPerBin;
}

template <typename T>
Side<T> side(T low, T high, const RoiAlignOptions& options, int64_t bins) {
  const T scale = static_cast<T>(options.spatial_scale);
  const T shift = options.aligned ? T(0.5) : T(0);
  const T start = low * scale - shift;
  const T end = high * scale - shift;
  T length = end - start;
  if (!options.aligned) length = std::max(length, T(1));
  const T bin = length / static_cast<T>(bins);
  return {start, bin, options.sampling_ratio > 0 ? options.sampling_ratio : adaptive_samples(bin)};
}

/// Calls visit(bin, sample) for each sample that is not outside the map (beyond one pixel past its border), in order.
template <typename T, typename Visit>
void each_sample(const Side<T>& side, int64_t bins, int64_t size, Visit&& visit) {
  for (int64_t bin = 0; bin < bins; bin++) {
    for (int64_t i = 0; i < side.samples; i++) {
      const T step = static_cast<T>(i + 0.5f) * side.bin / static_cast<T>(side.samples);
      T at = side.start + static_cast<T>(bin) * side.bin + step;
      if (!(at >= T(-1) && at <= static_cast<T>(size))) continue;  // so written, NaN is outside
      if (at <= T(0)) at = T(0);
      int32_t low = static_cast<int32_t>(at), high = low + 1;
      if (low >= size - 1) {
        low = high = static_cast<int32_t>(size - 1);
        at = static_cast<T>(low);
      }
      const T high_weight = at - static_cast<T>(low);
      visit(bin, Sample<T>{low, high, T(1) - high_weight, high_weight});
    }
  }
}

/// The samples of one axis of all RoIs, one after the other, with the end of each bin.
template <typename T>
struct SampleLists {
  std::vector<Sample<T>> samples;
  std::vector<int64_t> ends{0};

  const Sample<T>* begin_of(int64_t bin) const { return samples.data() + ends[bin]; }
  const Sample<T>* end_of(int64_t bin) const { return samples.data() + ends[bin + 1]; }

  void append(const Side<T>& side, int64_t bins, int64_t size) {
    int64_t current = 0;
    const auto end_bins_before = [&](int64_t bin) {
      for (; current < bin; current++) ends.push_back(static_cast<int64_t>(samples.size()));
    };
    each_sample(side, bins, size, [&](int64_t bin, const Sample<T>& sample) {
      end_bins_before(bin);
      samples.push_back(sample);
    });
    end_bins_before(bins);
  }

  void append_empty(int64_t bins) { ends.resize(ends.size() + bins, ends.back()); }
};

}  // namespace drcnn
