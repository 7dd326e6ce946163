// What one output position of a deformable convolution sees: its samples and, per tap and channel, their values.
//
// Layout: the map is [pixels, C] (channels-last), so that a sample's arithmetic is done once for all channels of an
// offset group. The columns of a position are [G, K, C/G], those of a group together, as the product wants them.
#pragma once

#include <algorithm>
#include <vector>

#include "../common/isa.h"
#include "sample.h"
#include "shape.h"

namespace drcnn::deform {

/// Offsets and masks of one image.
template <typename T>
struct Fields {
  const T* offset;  ///< [2 D K, OH * OW]
  const T* mask;    ///< [D K, OH * OW] or null
};

/// Channels of one offset group and one group of the convolution, which lie together in both layouts.
struct Run {
  int64_t first, count;
  int64_t column;  ///< of its first channel at tap 0
};

/// The runs of each offset group, by channel.
inline std::vector<std::vector<Run>> runs_of(const Shape& shape) {
  std::vector<std::vector<Run>> runs(shape.offset_groups);
  const int64_t width = shape.group_channels();
  for (int64_t group = 0; group < shape.offset_groups; group++) {
    const int64_t end = (group + 1) * shape.offset_group_channels();
    for (int64_t first = group * shape.offset_group_channels(); first < end;) {
      const int64_t in = first / width, stop = std::min(end, (in + 1) * width);
      runs[group].push_back({first, stop - first, in * shape.group_columns() + first - in * width});
      first = stop;
    }
  }
  return runs;
}

/// index: offset group * K + tap.
template <typename T>
DRCNN_INLINE Sample<T> sample_at(const Shape& shape, const Fields<T>& fields, int64_t index, int64_t position) {
  const int64_t tap = index % shape.taps(), positions = shape.positions();
  const int64_t row = position / shape.out_w * shape.stride_h - shape.pad_h + tap / shape.kernel_w * shape.dil_h;
  const int64_t column = position % shape.out_w * shape.stride_w - shape.pad_w + tap % shape.kernel_w * shape.dil_w;
  return look(
      static_cast<T>(row) + fields.offset[2 * index * positions + position],
      static_cast<T>(column) + fields.offset[(2 * index + 1) * positions + position],
      fields.mask ? fields.mask[index * positions + position] : T(1), static_cast<int32_t>(shape.height),
      static_cast<int32_t>(shape.width));
}

/// The channels of a run at each pixel of a sample; `zeros` stands for a pixel outside.
template <typename T>
struct Corners {
  const T* at[4];

  Corners(const Sample<T>& sample, const T* map, const T* zeros, int64_t channels, int64_t first) {
    for (int i = 0; i < 4; i++) at[i] = sample.pixel[i] < 0 ? zeros : map + sample.pixel[i] * channels + first;
  }
};

/// columns[c] = mask * value of the sample, of `count` channels.
template <typename T>
DRCNN_INLINE void gather(const Sample<T>& sample, const Corners<T>& corners, int64_t count, T* __restrict columns) {
  T weight[4];
  sample.weights(weight);
  const T w0 = weight[0] * sample.mask, w1 = weight[1] * sample.mask, w2 = weight[2] * sample.mask,
          w3 = weight[3] * sample.mask;
  const T* __restrict p0 = corners.at[0];
  const T* __restrict p1 = corners.at[1];
  const T* __restrict p2 = corners.at[2];
  const T* __restrict p3 = corners.at[3];
  for (int64_t c = 0; c < count; c++) columns[c] = w0 * p0[c] + w1 * p1[c] + w2 * p2[c] + w3 * p3[c];
}

/// dots[i] += sum over channels of grad * the pixel's value, in a fixed order of eight interleaved sums.
template <typename T>
DRCNN_INLINE void add_dots(const T* __restrict grad, const Corners<T>& corners, int64_t count, T* dots) {
  constexpr int64_t kLanes = 8;
  for (int i = 0; i < 4; i++) {
    const T* __restrict values = corners.at[i];
    T sums[kLanes] = {};
    int64_t c = 0;
    for (; c + kLanes <= count; c += kLanes) {
      for (int64_t lane = 0; lane < kLanes; lane++) sums[lane] += grad[c + lane] * values[c + lane];
    }
    for (; c < count; c++) sums[c % kLanes] += grad[c] * values[c];
    T total = T(0);
    for (int64_t lane = 0; lane < kLanes; lane++) total += sums[lane];
    dots[i] += total;
  }
}

}  // namespace drcnn::deform
