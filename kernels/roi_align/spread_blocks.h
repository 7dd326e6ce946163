// RoIAlign's gradient for a GPU, without atomics on floating-point numbers.
//
// Nothing is scattered: a block owns a tile of cells and some channels, goes through the RoIs of its image in order, and
// adds to each cell what the bins of a RoI send there. Samples are a product of two axes, so what bin (i, j) sends to
// cell (y, x) is grad * wy[i][y] * wx[j][x], the weights summed over the samples of one axis of the bin.
// Determinism: one thread sums a value, in the order of RoIs and bins. Complexity: a pass over the RoIs for each tile,
// plus O(bins that touch a cell) per cell, channel and RoI.
#pragma once

#include "geometry.h"

namespace drcnn::roi_align {

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
DRCNN_DEVICE void reach(const Side<T>& side, int32_t bins, int32_t size, int32_t& begin, int32_t& end) {
  begin = end = 0;
  if (side.samples < 1) return;
  const T first = position(side, 0, 0), last = position(side, bins - 1, side.samples - 1);
  const T low = first < last ? first : last, high = first < last ? last : first;
  if (!(high >= T(-1) && low <= static_cast<T>(size))) return;  // so written, NaN touches nothing
  begin = low > T(2) ? static_cast<int32_t>(low) - 1 : 0;
  end = high < static_cast<T>(size - 2) ? static_cast<int32_t>(high < T(0) ? T(0) : high) + 3 : size;
  end = least(end, size);
}

/// Fills the footprints of all RoIs, one a thread.
template <typename T>
struct FindFootprints {
  static constexpr int kThreads = 128;

  const T* rois;  ///< [R, 5]
  Footprint<T>* footprints;
  RoiAlignOptions options;
  int32_t count, batch, height, width;

  DRCNN_DEVICE void operator()(const Block& block) const {
    block.each_thread([&](int t) {
      const int64_t roi = block.index() * kThreads + t;
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
    });
  }
};

/// From: the type of the gradients.
template <typename From, typename T>
struct SpreadBins {
  static constexpr int kThreads = 256;
  static constexpr int kSide = 8;                                  ///< cells of a tile along each axis
  static constexpr int kOwn = 8;                                   ///< channels of a thread
  static constexpr int kTile = kThreads / (kSide * kSide) * kOwn;  ///< channels of a block
  static constexpr int kWords = kThreads / 32;

  const From* grad;  ///< [R, C, bins]
  const Footprint<T>* footprints;
  From* grad_map;
  int32_t roi_count, bins_y, bins_x;
  int32_t batch, channels, height, width;
  int64_t image_stride, channel_stride, pixel_stride;

  DRCNN_HOST_DEVICE int32_t tiles_y() const { return parts(height, kSide); }
  DRCNN_HOST_DEVICE int32_t tiles_x() const { return parts(width, kSide); }
  DRCNN_HOST_DEVICE int32_t tiles_c() const { return parts(channels, kTile); }
  int64_t blocks() const { return static_cast<int64_t>(batch) * tiles_c() * tiles_y() * tiles_x(); }
  int64_t shared_bytes() const {
    return static_cast<int64_t>(sizeof(T)) * (bins_y + bins_x) * kSide + sizeof(Range) * 2 * kSide +
           sizeof(uint32_t) * kWords;
  }

  /// Bins [begin, end) that touch a row or a column of the tile.
  struct Range {
    int32_t begin, end;
  };

  struct Sums {
    T values[kOwn];
  };

  /// The weights of one axis of a RoI in the tile's rows or columns.
  struct Axis {
    T* weights;  ///< [bins, kSide]
    Range* ranges;
  };

  DRCNN_DEVICE void operator()(const Block& block) const {
    auto index = static_cast<uint32_t>(block.index());
    const auto next = [&](int32_t size) {
      const auto part = static_cast<int32_t>(index % size);
      index /= size;
      return part;
    };
    const int32_t left = next(tiles_x()) * kSide, top = next(tiles_y()) * kSide;
    const int32_t first_channel = next(tiles_c()) * kTile, image = next(batch);
    T* numbers = block.shared<T>();
    auto* ranges = reinterpret_cast<Range*>(numbers + (bins_y + bins_x) * kSide);
    auto* meeting = reinterpret_cast<uint32_t*>(ranges + 2 * kSide);
    const Axis rows{numbers, ranges}, columns{numbers + bins_y * kSide, ranges + kSide};
    PerThread<Sums, kThreads> sums;

    for (int32_t first = 0; first < roi_count; first += kThreads) {
      block.each_thread([&](int t) {
        if (t < kWords) meeting[t] = 0;
      });
      block.each_thread([&](int t) {
        if (first + t >= roi_count) return;
        const Footprint<T>& roi = footprints[first + t];
        const bool meets = roi.image == image && roi.y0 < top + kSide && roi.y1 > top && roi.x0 < left + kSide && roi.x1 > left;
        if (meets) set_bits(meeting + t / 32, uint32_t{1} << t % 32);
      });
      uint32_t words[kWords];
      for (int word = 0; word < kWords; word++) words[word] = meeting[word];
      block.wait();
      for (int word = 0; word < kWords; word++) {
        for (uint32_t bits = words[word]; bits != 0; bits &= bits - 1) {
          const int32_t roi = first + 32 * word + lowest_bit(bits);
          weigh(block, footprints[roi], top, left, rows, columns);
          block.each_thread([&](int t) { add(t, roi, first_channel, rows, columns, sums[t]); });
        }
      }
    }
    block.each_thread([&](int t) {
      const int32_t y = top + t % (kSide * kSide) / kSide, x = left + t % kSide;
      const int32_t channel = first_channel + t / (kSide * kSide) * kOwn;
      if (y >= height || x >= width) return;
      From* to = grad_map + image * image_stride + (static_cast<int64_t>(y) * width + x) * pixel_stride;
      DRCNN_UNROLL
      for (int k = 0; k < kOwn; k++) {
        if (channel + k < channels) to[(channel + k) * channel_stride] = static_cast<From>(sums[t].values[k]);
      }
    });
  }

 private:
  /// The weights of a RoI's bins in the tile, one thread an entry, and the bins that each row and column looks at.
  DRCNN_DEVICE void weigh(
      const Block& block, const Footprint<T>& roi, int32_t top, int32_t left, const Axis& rows,
      const Axis& columns) const {
    const int32_t entries_y = bins_y * kSide, entries = entries_y + bins_x * kSide;
    const T count = sample_count(roi.y, roi.x);
    block.each_thread([&](int t) {
      for (int32_t entry = t; entry < entries + 2 * kSide; entry += kThreads) {
        if (entry < entries_y) {
          rows.weights[entry] = weight(roi.y, entry / kSide, top + entry % kSide, height) / count;
        } else if (entry < entries) {
          const int32_t here = entry - entries_y;
          columns.weights[here] = weight(roi.x, here / kSide, left + here % kSide, width);
        } else if (entry < entries + kSide) {
          rows.ranges[entry - entries] = range(roi.y, bins_y, top + entry - entries);
        } else {
          const int32_t here = entry - entries - kSide;
          columns.ranges[here] = range(roi.x, bins_x, left + here);
        }
      }
    });
  }

  /// What a bin's samples along one axis give to a cell.
  static DRCNN_DEVICE T weight(const Side<T>& side, int32_t bin, int32_t cell, int32_t size) {
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
  static DRCNN_DEVICE Range range(const Side<T>& side, int32_t bins, int32_t cell) {
    if (!(side.bin > T(0))) return {0, bins};
    const T first = (static_cast<T>(cell - 1) - side.start) / side.bin - T(2);
    const T last = (static_cast<T>(cell + 1) - side.start) / side.bin + T(2);
    const auto clamped = [&](T bin) {
      return bin > T(0) ? (bin < static_cast<T>(bins) ? static_cast<int32_t>(bin) : bins) : 0;
    };
    return {clamped(first), clamped(last)};
  }

  DRCNN_DEVICE void add(
      int t, int32_t roi, int32_t first_channel, const Axis& rows, const Axis& columns, Sums& sums) const {
    const int32_t y = t % (kSide * kSide) / kSide, x = t % kSide;
    const int32_t channel = first_channel + t / (kSide * kSide) * kOwn;
    if (channel >= channels) return;
    const int32_t bins = bins_y * bins_x, count = least(kOwn, channels - channel);
    const Range in_y = rows.ranges[y], in_x = columns.ranges[x];
    const From* from = grad + (static_cast<int64_t>(roi) * channels + channel) * bins;
    for (int32_t i = in_y.begin; i < in_y.end; i++) {
      const T weight_y = rows.weights[i * kSide + y];
      if (weight_y == T(0)) continue;
      for (int32_t j = in_x.begin; j < in_x.end; j++) {
        const T weight = weight_y * columns.weights[j * kSide + x];
        if (weight == T(0)) continue;
        const From* bin = from + i * bins_x + j;
        DRCNN_UNROLL
        for (int k = 0; k < kOwn; k++) {
          if (k < count) sums.values[k] += weight * static_cast<T>(bin[k * bins]);
        }
      }
    }
  }
};

}  // namespace drcnn::roi_align
