// RoIAlign's gradient on CUDA, without atomics on floating-point numbers.
//
// Nothing is scattered: a block owns a tile of cells and some channels, goes through the RoIs of its image in order, and
// adds to each cell what the bins of a RoI send there. Samples are a product of two axes, so what bin (i, j) sends to
// cell (y, x) is grad * wy[i][y] * wx[j][x], the weights summed over the samples of one axis of the bin.
// Determinism: one thread sums a value, in the order of RoIs and bins. Complexity: a pass over the RoIs for each tile,
// plus O(bins that touch a cell) per cell, channel and RoI.
#pragma once

#include "../common/cuda.h"
#include "geometry.h"

namespace drcnn::roi_align {

constexpr int kFootprintThreads = 128;
constexpr int kBackwardThreads = 256;
constexpr int kSide = 8;         ///< cells of a block's tile along each axis
constexpr int kOwnChannels = 8;  ///< of a thread, which has one cell
constexpr int kTileChannels = kBackwardThreads / (kSide * kSide) * kOwnChannels;
constexpr int kWords = kBackwardThreads / 32;

/// Bins of an axis that the gradient can take on a GPU: their weights lie in shared memory.
constexpr int64_t kMostBins = 256;

/// Cells [y0, y1) x [x0, x1) of an image that a RoI may touch; image -1: none.
template <typename T>
struct Footprint {
  int32_t image, y0, y1, x0, x1;
  Side<T> y, x;
};

/// Cells that samples from the first to the last of an axis may touch, one more on either side for rounding.
template <typename T>
__device__ __forceinline__ void reach(const Side<T>& side, int32_t bins, int32_t size, int32_t& begin, int32_t& end) {
  begin = end = 0;
  if (side.samples < 1) return;
  const T first = position(side, 0, 0), last = position(side, bins - 1, side.samples - 1);
  const T low = first < last ? first : last, high = first < last ? last : first;
  if (!(high >= T(-1) && low <= static_cast<T>(size))) return;  // so written, NaN touches nothing
  begin = low > T(2) ? static_cast<int32_t>(low) - 1 : 0;
  end = high < static_cast<T>(size - 2) ? static_cast<int32_t>(high < T(0) ? T(0) : high) + 3 : size;
  end = min(end, size);
}

/// rois [R, 5] -> footprints [R], one a thread.
template <typename T>
__global__ void __launch_bounds__(kFootprintThreads) roi_align_footprints(
    const T* rois, Footprint<T>* footprints, const RoiAlignOptions options, int32_t count, int32_t batch, int32_t height,
    int32_t width) {
  const int64_t roi = static_cast<int64_t>(blockIdx.x) * kFootprintThreads + threadIdx.x;
  if (roi >= count) return;
  const T* row = rois + 5 * roi;
  Footprint<T> found{-1, 0, 0, 0, 0, {}, {}};
  if (row[0] >= T(0) && row[0] < static_cast<T>(batch)) {
    found.y = side(row[2], row[4], options, options.pooled_height);
    found.x = side(row[1], row[3], options, options.pooled_width);
    reach(found.y, static_cast<int32_t>(options.pooled_height), height, found.y0, found.y1);
    reach(found.x, static_cast<int32_t>(options.pooled_width), width, found.x0, found.x1);
    if (found.y0 < found.y1 && found.x0 < found.x1) found.image = static_cast<int32_t>(row[0]);
  }
  footprints[roi] = found;
}

/// From: the type of the gradients; T: the one computed in.
template <typename From, typename T>
struct Backward {
  const From* grad;  ///< [R, C, bins]
  const Footprint<T>* footprints;
  From* grad_map;
  int32_t roi_count, bins_y, bins_x;
  int32_t batch, channels, height, width;
  int64_t image_stride, channel_stride, pixel_stride;

  DRCNN_HOST_DEVICE int32_t tiles_y() const { return ceil_div(height, kSide); }
  DRCNN_HOST_DEVICE int32_t tiles_x() const { return ceil_div(width, kSide); }
  DRCNN_HOST_DEVICE int32_t tiles_c() const { return ceil_div(channels, kTileChannels); }
};

/// Bins [begin, end) that touch a row or a column of the tile.
struct BinRange {
  int32_t begin, end;
};

/// A block's shared memory: the weights of one RoI in the tile's rows and columns, the bins that each looks at, and which RoIs touch the tile.
template <typename T>
struct BackwardShared {
  T* weight_y;  ///< [bins_y, kSide]
  T* weight_x;  ///< [bins_x, kSide]
  BinRange* range_y;
  BinRange* range_x;
  uint32_t* meeting;

  DRCNN_HOST_DEVICE BackwardShared(unsigned char* shared, int32_t bins_y, int32_t bins_x)
      : weight_y(reinterpret_cast<T*>(shared)), weight_x(weight_y + bins_y * kSide),
        range_y(reinterpret_cast<BinRange*>(weight_x + bins_x * kSide)), range_x(range_y + kSide),
        meeting(reinterpret_cast<uint32_t*>(range_x + kSide)) {}

  static int64_t bytes(int64_t bins_y, int64_t bins_x) {
    return static_cast<int64_t>(sizeof(T)) * (bins_y + bins_x) * kSide + sizeof(BinRange) * 2 * kSide + sizeof(uint32_t) * kWords;
  }
};

/// What a bin's samples along one axis give to a cell.
template <typename T>
__device__ __forceinline__ T weight_of(const Side<T>& side, int32_t bin, int32_t cell, int32_t size) {
  T sum = T(0);
  Sample<T> sample;
  for (int32_t i = 0; i < side.samples; i++) {
    if (!sample_at(position(side, bin, i), size, sample)) continue;
    if (sample.low == cell) sum += sample.low_weight;
    if (sample.high == cell) sum += sample.high_weight;
  }
  return sum;
}

/// Bins with a sample less than a cell away, one more on either side for rounding.
template <typename T>
__device__ __forceinline__ BinRange range_of(const Side<T>& side, int32_t bins, int32_t cell) {
  if (!(side.bin > T(0))) return {0, bins};
  const T first = (static_cast<T>(cell - 1) - side.start) / side.bin - T(2);
  const T last = (static_cast<T>(cell + 1) - side.start) / side.bin + T(2);
  const auto clamped = [&](T bin) {
    return bin > T(0) ? (bin < static_cast<T>(bins) ? static_cast<int32_t>(bin) : bins) : 0;
  };
  return {clamped(first), clamped(last)};
}

/// Fills the weights and ranges of a RoI, one thread an entry.
template <typename From, typename T>
__device__ __forceinline__ void weigh(
    const Backward<From, T>& all, const Footprint<T>& roi, int32_t top, int32_t left, const BackwardShared<T>& shared) {
  const int32_t entries_y = all.bins_y * kSide, entries = entries_y + all.bins_x * kSide;
  const T count = sample_count(roi.y, roi.x);
  for (int32_t entry = threadIdx.x; entry < entries + 2 * kSide; entry += kBackwardThreads) {
    if (entry < entries_y) {
      shared.weight_y[entry] = weight_of(roi.y, entry / kSide, top + entry % kSide, all.height) / count;
    } else if (entry < entries) {
      const int32_t here = entry - entries_y;
      shared.weight_x[here] = weight_of(roi.x, here / kSide, left + here % kSide, all.width);
    } else if (entry < entries + kSide) {
      shared.range_y[entry - entries] = range_of(roi.y, all.bins_y, top + entry - entries);
    } else {
      const int32_t here = entry - entries - kSide;
      shared.range_x[here] = range_of(roi.x, all.bins_x, left + here);
    }
  }
}

/// Adds what the bins of a RoI send to the cell (y, x) of the tile, for the thread's channels.
template <typename From, typename T>
__device__ __forceinline__ void add_bins(
    const Backward<From, T>& all, int32_t roi, int32_t y, int32_t x, int32_t channel, const BackwardShared<T>& shared, T* sums) {
  if (channel >= all.channels) return;
  const int32_t bins = all.bins_y * all.bins_x, count = min(kOwnChannels, all.channels - channel);
  const BinRange in_y = shared.range_y[y], in_x = shared.range_x[x];
  const From* from = all.grad + (static_cast<int64_t>(roi) * all.channels + channel) * bins;
  for (int32_t i = in_y.begin; i < in_y.end; i++) {
    const T weight_y = shared.weight_y[i * kSide + y];
    if (weight_y == T(0)) continue;
    for (int32_t j = in_x.begin; j < in_x.end; j++) {
      const T weight = weight_y * shared.weight_x[j * kSide + x];
      if (weight == T(0)) continue;
      const From* bin = from + i * all.bins_x + j;
#pragma unroll
      for (int k = 0; k < kOwnChannels; k++) {
        if (k < count) sums[k] += weight * static_cast<T>(bin[k * bins]);
      }
    }
  }
}

/// grad, footprints -> grad_map, all of it written.
template <typename From, typename T>
__global__ void __launch_bounds__(kBackwardThreads) roi_align_backward(const __grid_constant__ Backward<From, T> all) {
  DRCNN_DYNAMIC_SHARED(memory);
  const BackwardShared<T> shared(memory, all.bins_y, all.bins_x);
  const int t = threadIdx.x;

  uint32_t index = blockIdx.x;
  const int32_t left = index % all.tiles_x() * kSide;
  index /= all.tiles_x();
  const int32_t top = index % all.tiles_y() * kSide;
  index /= all.tiles_y();
  const int32_t first_channel = index % all.tiles_c() * kTileChannels, image = index / all.tiles_c();

  const int32_t y = t % (kSide * kSide) / kSide, x = t % kSide;
  const int32_t channel = first_channel + t / (kSide * kSide) * kOwnChannels;
  T sums[kOwnChannels] = {};

  for (int32_t first = 0; first < all.roi_count; first += kBackwardThreads) {
    if (t < kWords) shared.meeting[t] = 0;
    __syncthreads();
    if (first + t < all.roi_count) {
      const Footprint<T>& roi = all.footprints[first + t];
      const bool meets =
          roi.image == image && roi.y0 < top + kSide && roi.y1 > top && roi.x0 < left + kSide && roi.x1 > left;
      if (meets) atomicOr(shared.meeting + t / 32, 1u << t % 32);
    }
    __syncthreads();
    for (int word = 0; word < kWords; word++) {
      for (uint32_t bits = shared.meeting[word]; bits != 0; bits &= bits - 1) {
        const int32_t roi = first + 32 * word + __ffs(static_cast<int>(bits)) - 1;
        weigh(all, all.footprints[roi], top, left, shared);
        __syncthreads();
        add_bins(all, roi, y, x, channel, shared, sums);
        __syncthreads();
      }
    }
    __syncthreads();  // before the words are cleared
  }

  if (top + y >= all.height || left + x >= all.width) return;
  From* to = all.grad_map + image * all.image_stride + (static_cast<int64_t>(top + y) * all.width + left + x) * all.pixel_stride;
#pragma unroll
  for (int k = 0; k < kOwnChannels; k++) {
    if (channel + k < all.channels) to[(channel + k) * all.channel_stride] = static_cast<From>(sums[k]);
  }
}

}  // namespace drcnn::roi_align
