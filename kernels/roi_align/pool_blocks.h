// RoIAlign's forward for a GPU, for both layouts of the map. A block pools one RoI for a tile of channels.
//
// Complexity: O(samples * C) per RoI. Each value is summed by one thread in the order of the samples, with the CPU's
// operations in the CPU's order: the same bits, where the compiler does not contract them.
#pragma once

#include "geometry.h"

namespace drcnn::roi_align {

/// Channels of a thread: a sample's place is worked out once for all of them.
constexpr int kQuad = 4;

/// What four neighbouring values of a channels-last map look like to one load.
template <typename From>
struct alignas(kQuad * sizeof(From)) Quad {
  From values[kQuad];
};

template <typename From, typename T>
struct PoolArguments {
  const From* map;
  const T* rois;  ///< [R, 5]
  From* pooled;   ///< [R, C, bins]
  RoiAlignOptions options;
  int32_t batch, channels, height, width;
  int32_t tile;  ///< channels of a block
  int64_t image_stride, channel_stride, pixel_stride;

  DRCNN_HOST_DEVICE int32_t tiles() const { return parts(channels, tile); }
};

/// One RoI: which image, and where. A negative index marks padding; NaN or one too large a RoI that cannot be pooled,
/// whose values are NaN, as nothing here can stop the program with a sentence.
template <typename T>
struct Roi {
  int32_t image;
  bool pooled;
  T otherwise;
  Side<T> y, x;

  DRCNN_DEVICE Roi(const T* row, const RoiAlignOptions& options, int32_t batch)
      : image(0), pooled(row[0] >= T(0) && row[0] < static_cast<T>(batch)), otherwise(T(0)),
        y(side(row[2], row[4], options, options.pooled_height)), x(side(row[1], row[3], options, options.pooled_width)) {
    if (pooled) image = static_cast<int32_t>(row[0]);
    if (!pooled && !(row[0] < T(0))) otherwise = T(0) / T(0);
  }
};

/// sums[k] of one bin and four channels, those at offsets[k] of the image. kVector: they are neighbours, in one Quad.
template <bool kVector, typename From, typename T>
DRCNN_DEVICE void pool_bin(
    const PoolArguments<From, T>& all, const Roi<T>& roi, int32_t bin_y, int32_t bin_x, const From* image,
    const int64_t* offsets, T* sums) {
  Sample<T> y, x;
  for (int k = 0; k < kQuad; k++) sums[k] = T(0);
  for (int32_t iy = 0; iy < roi.y.samples; iy++) {
    if (!sample_at(position(roi.y, bin_y, iy), all.height, y)) continue;
    for (int32_t ix = 0; ix < roi.x.samples; ix++) {
      if (!sample_at(position(roi.x, bin_x, ix), all.width, x)) continue;
      const T w1 = y.low_weight * x.low_weight, w2 = y.low_weight * x.high_weight;
      const T w3 = y.high_weight * x.low_weight, w4 = y.high_weight * x.high_weight;
      const From* top = image + static_cast<int64_t>(y.low) * all.width * all.pixel_stride;
      const From* bottom = image + static_cast<int64_t>(y.high) * all.width * all.pixel_stride;
      const int64_t left = x.low * all.pixel_stride, right = x.high * all.pixel_stride;
      if constexpr (kVector) {
        const auto load = [&](const From* at) { return *reinterpret_cast<const Quad<From>*>(at + offsets[0]); };
        const Quad<From> p1 = load(top + left), p2 = load(top + right);
        const Quad<From> p3 = load(bottom + left), p4 = load(bottom + right);
        for (int k = 0; k < kQuad; k++) {
          sums[k] += w1 * static_cast<T>(p1.values[k]) + w2 * static_cast<T>(p2.values[k]) +
                     w3 * static_cast<T>(p3.values[k]) + w4 * static_cast<T>(p4.values[k]);
        }
      } else {
        for (int k = 0; k < kQuad; k++) {
          const int64_t at = offsets[k];
          sums[k] += w1 * static_cast<T>(top[left + at]) + w2 * static_cast<T>(top[right + at]) +
                     w3 * static_cast<T>(bottom[left + at]) + w4 * static_cast<T>(bottom[right + at]);
        }
      }
    }
  }
  const T divisor = sample_count(roi.y, roi.x);
  for (int k = 0; k < kQuad; k++) sums[k] /= divisor;
}

/// The map is channels-first: neighbouring threads have neighbouring bins, which read and write side by side.
template <typename From, typename T>
struct PoolChannelsFirst : PoolArguments<From, T> {
  static constexpr int kThreads = 256;

  DRCNN_DEVICE void operator()(const Block& block) const {
    const auto index = static_cast<uint32_t>(block.index());
    const int32_t row = index / this->tiles(), first = index % this->tiles() * this->tile;
    const int32_t count = least(this->tile, this->channels - first);
    const auto bins_x = static_cast<int32_t>(this->options.pooled_width);
    const auto bins = static_cast<int32_t>(this->options.pooled_height) * bins_x;
    From* to = this->pooled + (static_cast<int64_t>(row) * this->channels + first) * bins;
    block.each_thread([&](int t) {
      const Roi<T> roi(this->rois + 5 * static_cast<int64_t>(row), this->options, this->batch);
      const From* image = this->map + roi.image * this->image_stride + first * this->channel_stride;
      for (int32_t item = t; item < bins * parts(count, kQuad); item += kThreads) {
        const int32_t bin = item % bins, channel = item / bins * kQuad;
        int64_t offsets[kQuad];
        for (int k = 0; k < kQuad; k++) offsets[k] = least(channel + k, count - 1) * this->channel_stride;
        T sums[kQuad] = {roi.otherwise, roi.otherwise, roi.otherwise, roi.otherwise};
        if (roi.pooled) pool_bin<false>(*this, roi, bin / bins_x, bin % bins_x, image, offsets, sums);
        DRCNN_UNROLL
        for (int k = 0; k < kQuad; k++) {
          if (channel + k < count) to[static_cast<int64_t>(channel + k) * bins + bin] = static_cast<From>(sums[k]);
        }
      }
    });
  }
};

/// The map is channels-last: neighbouring threads have neighbouring channels, and the results turn in shared memory.
template <typename From, typename T>
struct PoolChannelsLast : PoolArguments<From, T> {
  static constexpr int kThreads = 256;
  static constexpr int kTile = 64;  ///< channels of a block
  static constexpr int kBins = 64;  ///< of a pass
  static constexpr int kPitch = kBins + 1;
  static constexpr int64_t kSharedBytes = kTile * kPitch * static_cast<int64_t>(sizeof(T));

  bool vector;  ///< every group of four channels is aligned

  DRCNN_DEVICE void operator()(const Block& block) const {
    const auto index = static_cast<uint32_t>(block.index());
    const int32_t row = index / this->tiles(), first = index % this->tiles() * kTile;
    const int32_t count = least(kTile, this->channels - first);
    const auto bins_x = static_cast<int32_t>(this->options.pooled_width);
    const auto bins = static_cast<int32_t>(this->options.pooled_height) * bins_x;
    From* to = this->pooled + (static_cast<int64_t>(row) * this->channels + first) * bins;
    T* turned = block.shared<T>();
    for (int32_t first_bin = 0; first_bin < bins; first_bin += kBins) {
      const int32_t bins_here = least(kBins, bins - first_bin);
      block.each_thread([&](int t) {
        const Roi<T> roi(this->rois + 5 * static_cast<int64_t>(row), this->options, this->batch);
        const From* image = this->map + roi.image * this->image_stride + first;
        const int32_t channel = t % (kTile / kQuad) * kQuad;
        if (channel >= count) return;
        int64_t offsets[kQuad];
        for (int k = 0; k < kQuad; k++) offsets[k] = least(channel + k, count - 1);
        for (int32_t b = t / (kTile / kQuad); b < bins_here; b += kThreads / (kTile / kQuad)) {
          T sums[kQuad] = {roi.otherwise, roi.otherwise, roi.otherwise, roi.otherwise};
          const int32_t bin_y = (first_bin + b) / bins_x, bin_x = (first_bin + b) % bins_x;
          if (roi.pooled && vector) {
            pool_bin<true>(*this, roi, bin_y, bin_x, image, offsets, sums);
          } else if (roi.pooled) {
            pool_bin<false>(*this, roi, bin_y, bin_x, image, offsets, sums);
          }
          for (int k = 0; k < kQuad; k++) turned[(channel + k) * kPitch + b] = sums[k];
        }
      });
      block.each_thread([&](int t) {
        for (int32_t item = t; item < count * bins_here; item += kThreads) {
          const int32_t channel = item / bins_here, b = item % bins_here;
          to[static_cast<int64_t>(channel) * bins + first_bin + b] = static_cast<From>(turned[channel * kPitch + b]);
        }
      });
    }
  }
};

/// One of the above; with keep_padding the rows of a negative image index stay as they are.
template <typename Kernel>
struct Pool : Kernel {
  bool keep_padding;

  DRCNN_DEVICE void operator()(const Block& block) const {
    const int64_t row = static_cast<uint32_t>(block.index()) / this->tiles();
    if (keep_padding && this->rois[5 * row] < 0) return;  // all threads of the block do
    Kernel::operator()(block);
  }
};

}  // namespace drcnn::roi_align
