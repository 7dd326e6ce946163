// Deformable convolution for a GPU: what lies around its matrix products, without atomics on floating-point numbers.
//
// Layout: the map is [images, pixels, C] (channels-last), so that neighbouring threads read neighbouring channels; the
// columns are [G, rows, K, C/G], a row being an output position of an image of the chunk, as the products want them.
// 32 threads share a tap of an offset group at a row (a sample) and go through the channels together.
// The gradient of the map is gathered: ListCorners names the pixel of each corner of each sample, the list is sorted by
// pixel (stable), and AddCorners adds up what each pixel got, in the order of rows, taps and corners.
// Determinism: one thread sums a value, or 32 in a fixed order.
#pragma once

#include "sample.h"

namespace drcnn::deform {

constexpr int kLanes = 32;  ///< threads of a sample

/// The sizes of one call that the blocks need; rows: output positions of all images of the chunk.
struct Sizes {
  int32_t rows, positions, out_w, pixels, height, width, channels;
  int32_t taps, kernel_w, offset_groups, offset_group_channels, group_channels;
  int32_t stride_h, stride_w, pad_h, pad_w, dil_h, dil_w;

  DRCNN_HOST_DEVICE int32_t samples() const { return offset_groups * taps; }
  DRCNN_HOST_DEVICE int64_t items() const { return static_cast<int64_t>(rows) * samples(); }
  DRCNN_HOST_DEVICE int64_t group_columns() const { return static_cast<int64_t>(taps) * group_channels; }
  DRCNN_HOST_DEVICE int64_t corners() const { return 4 * items(); }

  /// Where the columns hold a channel of a row at a tap.
  DRCNN_DEVICE int64_t column(int32_t row, int32_t tap, int32_t channel) const {
    const int32_t group = channel / group_channels;
    return (static_cast<int64_t>(group) * rows + row) * group_columns() + tap * group_channels + channel -
           group * group_channels;
  }
};

/// Offsets and masks of the chunk's images.
template <typename T>
struct Fields {
  const T* offset;  ///< [images, 2 D K, positions]
  const T* mask;    ///< [images, D K, positions] or null
};

/// One sample: its place in the arguments and on the map.
template <typename T>
struct Item {
  int32_t row, image, position, index, tap, offset_group;
  Sample<T> sample;

  DRCNN_DEVICE Item(const Sizes& sizes, const Fields<T>& fields, int64_t item) {
    row = static_cast<int32_t>(item / sizes.samples());
    index = static_cast<int32_t>(item % sizes.samples());
    image = row / sizes.positions, position = row % sizes.positions;
    tap = index % sizes.taps, offset_group = index / sizes.taps;
    const int32_t y = position / sizes.out_w * sizes.stride_h - sizes.pad_h + tap / sizes.kernel_w * sizes.dil_h;
    const int32_t x = position % sizes.out_w * sizes.stride_w - sizes.pad_w + tap % sizes.kernel_w * sizes.dil_w;
    const int64_t field = field_at(sizes);
    const T down = fields.offset[offset_at(sizes)], right = fields.offset[offset_at(sizes) + sizes.positions];
    sample = look(
        static_cast<T>(y) + down, static_cast<T>(x) + right, fields.mask != nullptr ? fields.mask[field] : T(1),
        sizes.height, sizes.width);
  }

  /// In the masks.
  DRCNN_DEVICE int64_t field_at(const Sizes& sizes) const {
    return (static_cast<int64_t>(image) * sizes.samples() + index) * sizes.positions + position;
  }

  /// Of the y in the offsets; x is `positions` later.
  DRCNN_DEVICE int64_t offset_at(const Sizes& sizes) const {
    return (static_cast<int64_t>(image) * sizes.samples() + index) * 2 * sizes.positions + position;
  }

  /// A corner's value in a channel of the map; 0 outside.
  DRCNN_DEVICE T value(const Sizes& sizes, const T* map, int corner, int32_t channel) const {
    const int32_t pixel = sample.pixel[corner];
    if (pixel < 0) return T(0);
    return map[(static_cast<int64_t>(image) * sizes.pixels + pixel) * sizes.channels + channel];
  }
};

/// columns = mask * value of each sample and channel.
template <typename T>
struct GatherColumns {
  static constexpr int kThreads = 256;

  Sizes sizes;
  Fields<T> fields;
  const T* map;
  T* columns;

  DRCNN_DEVICE void operator()(const Block& block) const {
    block.each_thread([&](int t) {
      const int64_t number = block.index() * (kThreads / kLanes) + t / kLanes;
      if (number >= sizes.items()) return;
      const Item<T> item(sizes, fields, number);
      T weight[4];
      item.sample.weights(weight);
      const int32_t first = item.offset_group * sizes.offset_group_channels;
      for (int32_t c = first + t % kLanes; c < first + sizes.offset_group_channels; c += kLanes) {
        T sum = T(0);
        DRCNN_UNROLL
        for (int corner = 0; corner < 4; corner++) {
          sum += weight[corner] * item.sample.mask * item.value(sizes, map, corner, c);
        }
        columns[sizes.column(item.row, item.tap, c)] = sum;
      }
    });
  }
};

/// The gradients of offsets and masks (null: none) from the columns' gradient.
template <typename T>
struct GradientsOfFields {
  static constexpr int kThreads = 256;
  static constexpr int64_t kSharedBytes = (kThreads + kThreads / kLanes) * 4 * static_cast<int64_t>(sizeof(T));

  Sizes sizes;
  Fields<T> fields;
  const T* map;
  const T* grad_columns;
  T* grad_offset;
  T* grad_mask;

  DRCNN_DEVICE void operator()(const Block& block) const {
    T* dots = block.shared<T>();     // [corner, thread]
    T* totals = dots + 4 * kThreads;  // [item, corner]
    const int64_t first_item = block.index() * (kThreads / kLanes);
    block.each_thread([&](int t) {
      const int64_t number = first_item + t / kLanes;
      if (number >= sizes.items()) return;
      const Item<T> item(sizes, fields, number);
      T sums[4] = {T(0), T(0), T(0), T(0)};
      const int32_t first = item.offset_group * sizes.offset_group_channels;
      for (int32_t c = first + t % kLanes; c < first + sizes.offset_group_channels; c += kLanes) {
        const T grad = grad_columns[sizes.column(item.row, item.tap, c)];
        DRCNN_UNROLL
        for (int corner = 0; corner < 4; corner++) sums[corner] += grad * item.value(sizes, map, corner, c);
      }
      DRCNN_UNROLL
      for (int corner = 0; corner < 4; corner++) dots[corner * kThreads + t] = sums[corner];
    });
    block.each_thread([&](int t) {
      const int corner = t % kLanes, item = t / kLanes;
      if (corner >= 4 || first_item + item >= sizes.items()) return;
      T total = T(0);
      for (int lane = 0; lane < kLanes; lane++) total += dots[corner * kThreads + item * kLanes + lane];
      totals[4 * item + corner] = total;
    });
    block.each_thread([&](int t) {
      const int64_t number = first_item + t;
      if (t >= kThreads / kLanes || number >= sizes.items()) return;
      const Item<T> item(sizes, fields, number);
      const T* dot = totals + 4 * t;
      const T down = item.sample.down, right = item.sample.right, up = T(1) - down, left = T(1) - right;
      const T dy = left * (dot[2] - dot[0]) + right * (dot[3] - dot[1]);
      const T dx = up * (dot[1] - dot[0]) + down * (dot[3] - dot[2]);
      grad_offset[item.offset_at(sizes)] = item.sample.mask * dy;
      grad_offset[item.offset_at(sizes) + sizes.positions] = item.sample.mask * dx;
      if (grad_mask == nullptr) return;
      T weight[4];
      item.sample.weights(weight);
      grad_mask[item.field_at(sizes)] = weight[0] * dot[0] + weight[1] * dot[1] + weight[2] * dot[2] + weight[3] * dot[3];
    });
  }
};

/// keys [items, 4]: (image * D + offset group) * pixels + pixel of each corner, or the number of such places for one
/// outside the map; factors [items, 4]: weight * mask.
template <typename T>
struct ListCorners {
  static constexpr int kThreads = 256;

  Sizes sizes;
  Fields<T> fields;
  int32_t* keys;
  T* factors;

  DRCNN_DEVICE void operator()(const Block& block) const {
    block.each_thread([&](int t) {
      const int64_t number = block.index() * kThreads + t;
      if (number >= sizes.items()) return;
      const Item<T> item(sizes, fields, number);
      T weight[4];
      item.sample.weights(weight);
      const int32_t places = sizes.rows / sizes.positions * sizes.offset_groups * sizes.pixels;
      const int32_t first = (item.image * sizes.offset_groups + item.offset_group) * sizes.pixels;
      DRCNN_UNROLL
      for (int corner = 0; corner < 4; corner++) {
        const int32_t pixel = item.sample.pixel[corner];
        keys[4 * number + corner] = pixel < 0 ? places : first + pixel;
        factors[4 * number + corner] = weight[corner] * item.sample.mask;
      }
    });
  }
};

/// grad_map [images, pixels, C] from the sorted corners: what each place got, 0 where it got nothing.
template <typename T>
struct AddCorners {
  static constexpr int kThreads = 256;
  static constexpr int kOwn = 4;  ///< channels of a thread at a time

  Sizes sizes;
  const int32_t* keys;   ///< sorted
  const int64_t* order;  ///< the corner at each place of the list
  const T* factors;      ///< by corner
  const T* grad_columns;
  T* grad_map;

  DRCNN_HOST_DEVICE int64_t places() const {
    return static_cast<int64_t>(sizes.rows / sizes.positions) * sizes.offset_groups * sizes.pixels;
  }

  DRCNN_DEVICE void operator()(const Block& block) const {
    block.each_thread([&](int t) {
      const int64_t place = block.index() * (kThreads / kLanes) + t / kLanes;
      if (place >= places()) return;
      const int64_t begin = first_not_below(0, place), end = first_not_below(begin, place + 1);
      const int64_t pixel = place % sizes.pixels, group = place / sizes.pixels % sizes.offset_groups;
      const int64_t image = place / sizes.pixels / sizes.offset_groups;
      T* to = grad_map + (image * sizes.pixels + pixel) * sizes.channels;
      const auto first = static_cast<int32_t>(group) * sizes.offset_group_channels;
      const int32_t stop = first + sizes.offset_group_channels;
      for (int32_t c = first + t % kLanes; c < stop; c += kLanes * kOwn) {
        T sums[kOwn] = {T(0), T(0), T(0), T(0)};
        for (int64_t i = begin; i < end; i++) {
          const int64_t corner = order[i], item = corner / 4;
          const T factor = factors[corner];
          const auto row = static_cast<int32_t>(item / sizes.samples());
          const auto tap = static_cast<int32_t>(item % sizes.samples()) % sizes.taps;
          DRCNN_UNROLL
          for (int k = 0; k < kOwn; k++) {
            const int32_t channel = c + k * kLanes;
            if (channel < stop) sums[k] += factor * grad_columns[sizes.column(row, tap, channel)];
          }
        }
        DRCNN_UNROLL
        for (int k = 0; k < kOwn; k++) {
          if (c + k * kLanes < stop) to[c + k * kLanes] = sums[k];
        }
      }
    });
  }

 private:
  DRCNN_DEVICE int64_t first_not_below(int64_t low, int64_t bound) const {
    int64_t high = sizes.corners();
    while (low < high) {
      const int64_t middle = low + (high - low) / 2;
      if (keys[middle] < bound) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
};

}  // namespace drcnn::deform
