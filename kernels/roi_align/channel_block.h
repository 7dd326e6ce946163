// How the CPU kernels see a map: a block of one image's channels with the channel innermost, and how blocks become tasks.
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "../common/isa.h"
#include "../common/numbers.h"
#include "arguments.h"
#include "roi_plan.h"

namespace drcnn {

constexpr int64_t kSmallestBlock = 16;
constexpr int64_t kLargestBlock = 64;
/// A block's map should stay in the shared cache.
constexpr int64_t kLargestMapBytes = 4 << 20;

/// Channels [first, first + count) of one image, pixel by pixel: value (y, x, c) at data[(y * width + x) * stride + c].
template <typename T>
struct ChannelBlock {
  T* data;
  int64_t stride, count;
};

/// How the channels of all images are dealt out to tasks.
struct Tasks {
  int64_t batch, channels, block;

  Tasks(const MapShape& map, int64_t value_bytes)
      : batch(map.batch), channels(map.channels), block(kLargestBlock) {
    const int64_t threads = thread_count();
    const auto too_large = [&] { return count() < threads || map.pixels() * block * value_bytes > kLargestMapBytes; };
    while (block > kSmallestBlock && too_large()) block /= 2;
  }
  int64_t blocks() const { return (channels + block - 1) / block; }
  int64_t count() const { return batch * blocks(); }
  int64_t image(int64_t task) const { return task % batch; }
  int64_t first_channel(int64_t task) const { return task / batch * block; }
  int64_t channel_count(int64_t task) const { return std::min(block, channels - first_channel(task)); }
};

/// Columns copied at a time, so that a tile's rows and columns both stay in the nearest cache.
constexpr int64_t kTileColumns = 16;

/// The touched part of a block's planes, [channels, pixels], as pixels.
template <typename From, typename T>
DRCNN_INLINE void to_pixels(
    const From* planes, const RowSpan* touched, const MapShape& map, const ChannelBlock<T>& block) {
  const int64_t pixels = map.pixels();
  for (int64_t y = 0; y < map.height; y++) {
    for (int64_t x0 = touched[y].begin; x0 < touched[y].end; x0 += kTileColumns) {
      const int64_t x1 = std::min<int64_t>(x0 + kTileColumns, touched[y].end);
      const From* row = planes + y * map.width;
      T* to = block.data + y * map.width * block.stride;
      int64_t c = 0;
      for (; c + 4 <= block.count; c += 4) {  // four neighbours are one store
        const From* __restrict from = row + c * pixels;
        for (int64_t x = x0; x < x1; x++) {
          const T four[] = {
              static_cast<T>(from[x]), static_cast<T>(from[x + pixels]), static_cast<T>(from[x + 2 * pixels]),
              static_cast<T>(from[x + 3 * pixels])};
          std::copy_n(four, 4, to + x * block.stride + c);
        }
      }
      for (; c < block.count; c++) {
        for (int64_t x = x0; x < x1; x++) to[x * block.stride + c] = static_cast<T>(row[c * pixels + x]);
      }
    }
  }
}

/// The touched part of a channels-last image from a block's first channel on, in another type.
template <typename From, typename T>
DRCNN_INLINE void widen_pixels(const From* image, const RowSpan* touched, const MapShape& map, const ChannelBlock<T>& block) {
  for (int64_t y = 0; y < map.height; y++) {
    for (int64_t x = touched[y].begin; x < touched[y].end; x++) {
      const From* from = image + (y * map.width + x) * map.channels;
      T* to = block.data + (y * map.width + x) * block.stride;
      for (int64_t c = 0; c < block.count; c++) to[c] = static_cast<T>(from[c]);
    }
  }
}

/// Whether a task can read a map where it lies.
template <typename From>
constexpr bool is_in_place(bool last) {
  return std::is_same<From, computed<From>>::value && last;
}

/// Channels [first, first + count) of an image of either layout, copied to `room` unless they are in place.
template <typename From, typename T>
ChannelBlock<const T> block_of(
    const From* image, bool last, int64_t first, int64_t count, const RowSpan* touched, const MapShape& map, T* room) {
  const From* from = image + first * (last ? 1 : map.pixels());
  if constexpr (is_in_place<From>(true)) {
    if (last) return {from, map.channels, count};
  }
  const ChannelBlock<T> copy{room, count, count};
  if (last) {
    widen_pixels(from, touched, map, copy);
  } else {
    to_pixels(from, touched, map, copy);
  }
  return {room, count, count};
}

/// The planes of a block, [channels, pixels], whole: 0 where nothing is touched.
template <typename T, typename To>
DRCNN_INLINE void to_planes(
    const ChannelBlock<T>& block, const RowSpan* touched, const MapShape& map, To* planes) {
  for (int64_t y = 0; y < map.height; y++) {
    const int64_t begin = std::min<int64_t>(touched[y].begin, touched[y].end), end = touched[y].end;
    for (int64_t c = 0; c < block.count; c++) {
      To* row = planes + c * map.pixels() + y * map.width;
      std::fill(row, row + begin, To(0));
      std::fill(row + end, row + map.width, To(0));
    }
    for (int64_t x0 = begin; x0 < end; x0 += kTileColumns) {
      const int64_t x1 = std::min(x0 + kTileColumns, end);
      for (int64_t c = 0; c < block.count; c++) {
        const T* from = block.data + y * map.width * block.stride + c;
        To* to = planes + c * map.pixels() + y * map.width;
        for (int64_t x = x0; x < x1; x++) to[x] = static_cast<To>(from[x * block.stride]);
      }
    }
  }
}

}  // namespace drcnn
