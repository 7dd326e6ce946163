// Where the products of bfloat16 read maps: in planes that have their zeros around them, one plane for each of the rows and columns that a
// stride visits. Then what a tap of all pixels reads is one run of numbers.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>

#include "host.h"
#include "product_bf16.h"

namespace drcnn::conv::bf16::pairs {

/// Maps [N, C, H, W] as they lie.
struct Maps {
  const uint16_t* data;
  int64_t batch, channels, height, width;
};

/// Pixel (r, c) of a grid reads tap t of channel p of image n at data[n * image + p * plane + r * row + c + tap(t)].
struct Planes {
  const uint16_t* data;
  std::unique_ptr<uint16_t[]> owned;
  int64_t image, plane, row;
  int64_t phase;         ///< numbers of one place of the stride
  int64_t stride, kept;  ///< so many rows and columns of each stride are kept

  /// The place of the tap that reads so many rows below and columns right of the first tap.
  int64_t tap(int64_t down, int64_t right) const {
    return (down % stride * kept + right % stride) * phase + down / stride * row + right / stride;
  }
};

/// Row y of a map -> columns first, first + stride, ..., `count` of them; 0 where there are none.
inline void fill_row(const Maps& maps, const uint16_t* plane, int64_t y, int64_t first, int64_t stride, int64_t count, uint16_t* to) {
  if (y < 0 || y >= maps.height) {
    std::fill_n(to, count, uint16_t{0});
    return;
  }
  const uint16_t* from = plane + y * maps.width;
  const int64_t begin = std::min(count, first >= 0 ? 0 : (-first + stride - 1) / stride);
  const int64_t end = first >= maps.width ? begin : std::clamp((maps.width - first - 1) / stride + 1, begin, count);
  std::fill_n(to, begin, uint16_t{0});
  if (stride == 1) {
    std::copy(from + first + begin, from + first + end, to + begin);
  } else {
    for (int64_t i = begin; i < end; i++) to[i] = from[first + i * stride];
  }
  std::fill_n(to + end, count - end, uint16_t{0});
}

/// Planes for a grid of rows x columns pixels, `stride` apart, that reads taps of `reach` rows and columns from (-top, -left) on.
inline Planes planes_of(
    const Maps& maps, int64_t rows, int64_t columns, int64_t stride, int64_t top, int64_t left, int64_t reach) {
  // Of `stride` neighbouring rows or columns the first `kept` are read by some tap.
  const int64_t kept = std::min(stride, reach);
  const int64_t more = divided(reach, stride) - 1;  // numbers that the last pixel's taps go beyond it
  const int64_t lines = rows + more, row = columns + more, phase = lines * row;
  Planes planes{maps.data, nullptr, maps.channels * kept * kept * phase, kept * kept * phase, row, phase, stride, kept};
  if (reach == 1 && stride == 1 && top == 0 && left == 0 && rows == maps.height && columns == maps.width) return planes;
  planes.owned.reset(new uint16_t[maps.batch * planes.image]);
  planes.data = planes.owned.get();
  parallel_for(0, maps.batch * maps.channels, std::max<int64_t>(32768 / std::max<int64_t>(planes.plane, 1), 1), [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; p++) {
      const uint16_t* from = maps.data + p * maps.height * maps.width;
      uint16_t* to = planes.owned.get() + p * planes.plane;
      for (int64_t place = 0; place < kept * kept; place++) {
        for (int64_t line = 0; line < lines; line++, to += row) {
          fill_row(maps, from, line * stride + place / kept - top, place % kept - left, stride, row, to);
        }
      }
    }
  });
  return planes;
}

}  // namespace drcnn::conv::bf16::pairs
