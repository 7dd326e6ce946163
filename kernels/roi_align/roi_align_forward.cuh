// RoIAlign's forward on CUDA: a block pools one RoI for a tile of channels.
//
// Complexity: O(samples * C) per RoI. Each value is summed by one thread in the order of the samples, with the CPU's
// operations in the CPU's order: the same bits, where the compiler does not contract them.
#pragma once

#include "../common/cuda.h"
#include "geometry.h"

namespace drcnn::roi_align {

constexpr int kForwardThreads = 256;

/// Channels of a thread: a sample's place is worked out once for all of them.
constexpr int kQuad = 4;

/// Channels of a block of a channels-first map.
constexpr int kFirstTile = 128;

/// Channels of a block of a channels-last map, and the bins that it holds in shared memory at a time.
constexpr int kLastTile = 64;
constexpr int kLastBins = 64;

/// What four neighbouring values of a channels-last map look like to one load.
template <typename From>
struct alignas(kQuad * sizeof(From)) Quad {
  From values[kQuad];
};

/// From: the type in memory; T: the one computed in.
template <typename From, typename T>
struct Forward {
  const From* map;
  const T* rois;  ///< [R, 5]
  From* pooled;   ///< [R, C, bins]
  RoiAlignOptions options;
  int32_t batch, channels, height, width;
  int32_t tile;  ///< channels of a block
  int64_t image_stride, channel_stride, pixel_stride;
  bool keep_padding;  ///< rows of a negative image index stay as they are
  bool vector;        ///< every group of four channels of a channels-last map is aligned

  DRCNN_HOST_DEVICE int32_t tiles() const { return ceil_div(channels, tile); }
};

/// One RoI: which image, and where. A negative index marks padding; NaN or one too large a RoI that cannot be pooled,
/// whose values are NaN, as nothing here can stop the program with a sentence.
template <typename T>
struct Roi {
  int32_t image;
  bool pooled;
  T otherwise;
  Side<T> y, x;

  __device__ Roi(const T* row, const RoiAlignOptions& options, int32_t batch)
      : image(0), pooled(row[0] >= T(0) && row[0] < static_cast<T>(batch)), otherwise(T(0)),
        y(side(row[2], row[4], options, options.pooled_height)), x(side(row[1], row[3], options, options.pooled_width)) {
    if (pooled) image = static_cast<int32_t>(row[0]);
    if (!pooled && !(row[0] < T(0))) otherwise = T(0) / T(0);
  }
};

/// sums[k] of one bin and four channels, those at offsets[k] of the image. kVector: they are neighbours, in one Quad.
template <bool kVector, typename From, typename T>
__device__ __forceinline__ void pool_bin(
    const Forward<From, T>& all, const Roi<T>& roi, int32_t bin_y, int32_t bin_x, const From* image, const int64_t* offsets,
    T* sums) {
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

/// A channels-first map: neighbouring threads have neighbouring bins, which read and write side by side.
template <typename From, typename T>
__global__ void __launch_bounds__(kForwardThreads) roi_align_forward_nchw(const __grid_constant__ Forward<From, T> all) {
  const int32_t row = blockIdx.x / all.tiles(), first = blockIdx.x % all.tiles() * all.tile;
  const int32_t count = min(all.tile, all.channels - first);
  const auto bins_x = static_cast<int32_t>(all.options.pooled_width);
  const auto bins = static_cast<int32_t>(all.options.pooled_height) * bins_x;
  const T* box = all.rois + 5 * static_cast<int64_t>(row);
  if (all.keep_padding && box[0] < T(0)) return;

  const Roi<T> roi(box, all.options, all.batch);
  const From* image = all.map + roi.image * all.image_stride + first * all.channel_stride;
  From* to = all.pooled + (static_cast<int64_t>(row) * all.channels + first) * bins;
  for (int32_t item = threadIdx.x; item < bins * ceil_div(count, kQuad); item += kForwardThreads) {
    const int32_t bin = item % bins, channel = item / bins * kQuad;
    int64_t offsets[kQuad];
    for (int k = 0; k < kQuad; k++) offsets[k] = min(channel + k, count - 1) * all.channel_stride;
    T sums[kQuad] = {roi.otherwise, roi.otherwise, roi.otherwise, roi.otherwise};
    if (roi.pooled) pool_bin<false>(all, roi, bin / bins_x, bin % bins_x, image, offsets, sums);
#pragma unroll
    for (int k = 0; k < kQuad; k++) {
      if (channel + k < count) to[static_cast<int64_t>(channel + k) * bins + bin] = static_cast<From>(sums[k]);
    }
  }
}

/// A channels-last map: neighbouring threads have neighbouring channels, and the results turn in shared memory.
template <typename From, typename T>
__global__ void __launch_bounds__(kForwardThreads) roi_align_forward_nhwc(const __grid_constant__ Forward<From, T> all) {
  constexpr int kThreadsOfBin = kLastTile / kQuad;
  __shared__ T turned[kLastTile][kLastBins + 1];  // one more: neighbouring channels lie in other banks

  const int32_t row = blockIdx.x / all.tiles(), first = blockIdx.x % all.tiles() * kLastTile;
  const int32_t count = min(kLastTile, all.channels - first);
  const auto bins_x = static_cast<int32_t>(all.options.pooled_width);
  const auto bins = static_cast<int32_t>(all.options.pooled_height) * bins_x;
  const T* box = all.rois + 5 * static_cast<int64_t>(row);
  if (all.keep_padding && box[0] < T(0)) return;

  const Roi<T> roi(box, all.options, all.batch);
  const From* image = all.map + roi.image * all.image_stride + first;
  From* to = all.pooled + (static_cast<int64_t>(row) * all.channels + first) * bins;
  const int32_t channel = threadIdx.x % kThreadsOfBin * kQuad;
  int64_t offsets[kQuad];
  for (int k = 0; k < kQuad; k++) offsets[k] = min(channel + k, count - 1);
  for (int32_t first_bin = 0; first_bin < bins; first_bin += kLastBins) {
    const int32_t bins_here = min(kLastBins, bins - first_bin);
    for (int32_t b = threadIdx.x / kThreadsOfBin; b < bins_here && channel < count; b += kForwardThreads / kThreadsOfBin) {
      T sums[kQuad] = {roi.otherwise, roi.otherwise, roi.otherwise, roi.otherwise};
      const int32_t bin_y = (first_bin + b) / bins_x, bin_x = (first_bin + b) % bins_x;
      if (roi.pooled && all.vector) {
        pool_bin<true>(all, roi, bin_y, bin_x, image, offsets, sums);
      } else if (roi.pooled) {
        pool_bin<false>(all, roi, bin_y, bin_x, image, offsets, sums);
      }
      for (int k = 0; k < kQuad; k++) turned[channel + k][b] = sums[k];
    }
    __syncthreads();
    for (int32_t item = threadIdx.x; item < count * bins_here; item += kForwardThreads) {
      const int32_t c = item / bins_here, b = item % bins_here;
      to[static_cast<int64_t>(c) * bins + first_bin + b] = static_cast<From>(turned[c][b]);
    }
    __syncthreads();
  }
}

}  // namespace drcnn::roi_align
