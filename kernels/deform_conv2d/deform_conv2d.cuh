// Deformable convolution on CUDA: what lies around its matrix products, without atomics on floating-point numbers.
//
// Layout: the map is [images, pixels, C] (channels-last), so that neighbouring threads read neighbouring channels; the
// columns are [G, rows, K, C/G], a row being an output position of an image of the chunk, as the products want them.
// 32 threads share a tap of an offset group at a row (a sample) and go through the channels together.
// The gradient of the map is gathered: list_corners names the pixel of each corner of each sample, the list is sorted by
// pixel (stable), and add_corners adds up what each pixel got, in the order of rows, taps and corners.
// Determinism: one thread sums a value, or 32 in a fixed order.
#pragma once

#include "../common/cuda.h"
#include "sample.h"

namespace drcnn::deform {

constexpr int kThreads = 256;
constexpr int kLanes = 32;                  ///< threads of a sample
constexpr int kItems = kThreads / kLanes;  ///< samples of a block

/// The sizes of one call that the kernels need; rows: output positions of all images of the chunk.
struct Sizes {
  int32_t rows, positions, out_w, pixels, height, width, channels;
  int32_t taps, kernel_w, offset_groups, offset_group_channels, group_channels;
  int32_t stride_h, stride_w, pad_h, pad_w, dil_h, dil_w;

  DRCNN_HOST_DEVICE int32_t samples() const { return offset_groups * taps; }
  DRCNN_HOST_DEVICE int64_t items() const { return static_cast<int64_t>(rows) * samples(); }
  DRCNN_HOST_DEVICE int64_t group_columns() const { return static_cast<int64_t>(taps) * group_channels; }
  DRCNN_HOST_DEVICE int64_t corners() const { return 4 * items(); }
  /// Where corners add: pixels of each offset group of each image.
  DRCNN_HOST_DEVICE int64_t places() const { return static_cast<int64_t>(rows / positions) * offset_groups * pixels; }

  /// Where the columns hold a channel of a row at a tap.
  __device__ __forceinline__ int64_t column(int32_t row, int32_t tap, int32_t channel) const {
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

  __device__ __forceinline__ Item(const Sizes& sizes, const Fields<T>& fields, int64_t item) {
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
  __device__ __forceinline__ int64_t field_at(const Sizes& sizes) const {
    return (static_cast<int64_t>(image) * sizes.samples() + index) * sizes.positions + position;
  }

  /// Of the y in the offsets; x is `positions` later.
  __device__ __forceinline__ int64_t offset_at(const Sizes& sizes) const {
    return (static_cast<int64_t>(image) * sizes.samples() + index) * 2 * sizes.positions + position;
  }

  /// A corner's value in a channel of the map; 0 outside.
  __device__ __forceinline__ T value(const Sizes& sizes, const T* map, int corner, int32_t channel) const {
    const int32_t pixel = sample.pixel[corner];
    if (pixel < 0) return T(0);
    return map[(static_cast<int64_t>(image) * sizes.pixels + pixel) * sizes.channels + channel];
  }
};

/// columns = mask * value of each sample and channel.
template <typename T>
__global__ void __launch_bounds__(kThreads)
gather_columns(const __grid_constant__ Sizes sizes, const Fields<T> fields, const T* map, T* columns) {
  const int64_t number = static_cast<int64_t>(blockIdx.x) * kItems + threadIdx.x / kLanes;
  if (number >= sizes.items()) return;
  const Item<T> item(sizes, fields, number);
  T weight[4];
  item.sample.weights(weight);
  const int32_t first = item.offset_group * sizes.offset_group_channels;
  for (int32_t c = first + threadIdx.x % kLanes; c < first + sizes.offset_group_channels; c += kLanes) {
    T sum = T(0);
#pragma unroll
    for (int corner = 0; corner < 4; corner++) sum += weight[corner] * item.sample.mask * item.value(sizes, map, corner, c);
    columns[sizes.column(item.row, item.tap, c)] = sum;
  }
}

/// The gradients of offsets and masks (null: none) from the columns' gradient.
template <typename T>
__global__ void __launch_bounds__(kThreads) offset_gradients(
    const __grid_constant__ Sizes sizes, const Fields<T> fields, const T* map, const T* grad_columns, T* grad_offset,
    T* grad_mask) {
  __shared__ T dots[4][kThreads];  // [corner, thread]
  __shared__ T totals[kItems][4];  // [item, corner]
  const int t = threadIdx.x, lane = t % kLanes, own = t / kLanes;
  const int64_t first_item = static_cast<int64_t>(blockIdx.x) * kItems;

  if (first_item + own < sizes.items()) {
    const Item<T> item(sizes, fields, first_item + own);
    T sums[4] = {T(0), T(0), T(0), T(0)};
    const int32_t first = item.offset_group * sizes.offset_group_channels;
    for (int32_t c = first + lane; c < first + sizes.offset_group_channels; c += kLanes) {
      const T grad = grad_columns[sizes.column(item.row, item.tap, c)];
#pragma unroll
      for (int corner = 0; corner < 4; corner++) sums[corner] += grad * item.value(sizes, map, corner, c);
    }
#pragma unroll
    for (int corner = 0; corner < 4; corner++) dots[corner][t] = sums[corner];
  }
  __syncthreads();
  if (lane < 4 && first_item + own < sizes.items()) {
    T total = T(0);
    for (int i = 0; i < kLanes; i++) total += dots[lane][own * kLanes + i];
    totals[own][lane] = total;
  }
  __syncthreads();
  if (t >= kItems || first_item + t >= sizes.items()) return;
  const Item<T> item(sizes, fields, first_item + t);
  const T* dot = totals[t];
  const T down = item.sample.down, right = item.sample.right, up = T(1) - down, left = T(1) - right;
  const T dy = left * (dot[2] - dot[0]) + right * (dot[3] - dot[1]);
  const T dx = up * (dot[1] - dot[0]) + down * (dot[3] - dot[2]);
  grad_offset[item.offset_at(sizes)] = item.sample.mask * dy;
  grad_offset[item.offset_at(sizes) + sizes.positions] = item.sample.mask * dx;
  if (grad_mask == nullptr) return;
  T weight[4];
  item.sample.weights(weight);
  grad_mask[item.field_at(sizes)] = weight[0] * dot[0] + weight[1] * dot[1] + weight[2] * dot[2] + weight[3] * dot[3];
}

/// keys [items, 4]: (image * D + offset group) * pixels + pixel of each corner, or the number of such places for one
/// outside the map; factors [items, 4]: weight * mask.
template <typename T>
__global__ void __launch_bounds__(kThreads)
list_corners(const __grid_constant__ Sizes sizes, const Fields<T> fields, int32_t* keys, T* factors) {
  const int64_t number = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (number >= sizes.items()) return;
  const Item<T> item(sizes, fields, number);
  T weight[4];
  item.sample.weights(weight);
  const auto places = static_cast<int32_t>(sizes.places());
  const int32_t first = (item.image * sizes.offset_groups + item.offset_group) * sizes.pixels;
#pragma unroll
  for (int corner = 0; corner < 4; corner++) {
    const int32_t pixel = item.sample.pixel[corner];
    keys[4 * number + corner] = pixel < 0 ? places : first + pixel;
    factors[4 * number + corner] = weight[corner] * item.sample.mask;
  }
}

/// The first of the sorted keys [low, count) that is not below the bound.
__device__ __forceinline__ int64_t first_not_below(const int32_t* keys, int64_t low, int64_t count, int64_t bound) {
  int64_t high = count;
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

/// keys: sorted; order: the corner at each place of the list; factors by corner -> grad_map [images, pixels, C]: what each place got, 0 where
/// it got nothing.
template <typename T>
__global__ void __launch_bounds__(kThreads) add_corners(
    const __grid_constant__ Sizes sizes, const int32_t* keys, const int64_t* order, const T* factors, const T* grad_columns,
    T* grad_map) {
  constexpr int kOwn = 4;  // channels of a thread at a time
  const int64_t place = static_cast<int64_t>(blockIdx.x) * kItems + threadIdx.x / kLanes;
  if (place >= sizes.places()) return;
  const int64_t begin = first_not_below(keys, 0, sizes.corners(), place);
  const int64_t end = first_not_below(keys, begin, sizes.corners(), place + 1);
  const int64_t pixel = place % sizes.pixels, group = place / sizes.pixels % sizes.offset_groups;
  const int64_t image = place / sizes.pixels / sizes.offset_groups;
  T* to = grad_map + (image * sizes.pixels + pixel) * sizes.channels;
  const auto first = static_cast<int32_t>(group) * sizes.offset_group_channels;
  const int32_t stop = first + sizes.offset_group_channels;
  for (int32_t c = first + threadIdx.x % kLanes; c < stop; c += kLanes * kOwn) {
    T sums[kOwn] = {T(0), T(0), T(0), T(0)};
    for (int64_t i = begin; i < end; i++) {
      const int64_t corner = order[i], item = corner / 4;
      const T factor = factors[corner];
      const auto row = static_cast<int32_t>(item / sizes.samples());
      const auto tap = static_cast<int32_t>(item % sizes.samples()) % sizes.taps;
#pragma unroll
      for (int k = 0; k < kOwn; k++) {
        const int32_t channel = c + k * kLanes;
        if (channel < stop) sums[k] += factor * grad_columns[sizes.column(row, tap, channel)];
      }
    }
#pragma unroll
    for (int k = 0; k < kOwn; k++) {
      if (c + k * kLanes < stop) to[c + k * kLanes] = sums[k];
    }
  }
}

}  // namespace drcnn::deform
