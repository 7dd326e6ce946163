// Where the products read maps: in planes that have their zeros around them, with the columns that a stride visits side by side. Then
// what a tap of all pixels of a row reads is one run of floats.
#pragma once

#include <memory>
#include <new>

#include "product.h"

namespace drcnn::conv::DRCNN_VERSION {

/// Memory that a product reads by whole vectors: on their boundaries, for one that crosses a cache line takes two accesses. Not cleared:
/// every value is written before it is read.
class Floats {
 public:
  Floats() = default;
  explicit Floats(int64_t count) : data_(static_cast<float*>(::operator new(count * sizeof(float), kBoundary))) {}
  float* get() const { return data_.get(); }
  float& operator[](int64_t i) const { return data_.get()[i]; }

 private:
  static constexpr std::align_val_t kBoundary{64};
  struct Delete {
    void operator()(float* data) const { ::operator delete(data, kBoundary); }
  };
  std::unique_ptr<float, Delete> data_;
};

/// Maps [N, C, H, W] as they lie.
struct Maps {
  const float* data;
  int64_t batch, channels, height, width;
};

/// So that whole vectors can be read, owned planes have a vector more at both ends.
///
/// Pixel (r, c) of a grid reads tap t of channel p of image n at data[n * image + p * plane + r * row + c + tap(t)].
struct Planes {
  const float* data;
  Floats owned;
  int64_t image, plane, row;
  int64_t line;          ///< between rows of a plane
  int64_t across;        ///< between the runs of a line, one for each of the first columns that a stride has
  int64_t stride, kept;  ///< so many rows and columns of each stride are kept

  /// The place of the tap that reads so many rows below and columns right of the first tap.
  int64_t tap(int64_t down, int64_t right) const {
    return (down / stride * kept + down % stride) * line + right % stride * across + right / stride;
  }
};

/// Planes for a grid of rows x columns pixels, `stride` apart, that reads taps of `reach` rows and columns from (-top, -left) on.
inline Planes planes_of(
    const Maps& maps, int64_t rows, int64_t columns, int64_t stride, int64_t top, int64_t left, int64_t reach) {
  Planes planes{};
  planes.stride = stride;
  if (reach == 1 && stride == 1 && top == 0 && left == 0 && rows == maps.height && columns == maps.width) {
    planes.data = maps.data;
    planes.line = planes.row = maps.width;
    planes.kept = 1;
    planes.plane = maps.height * maps.width;
    planes.image = maps.channels * planes.plane;
    return planes;
  }
  // Of `stride` neighbouring rows or columns the first `kept` are read by some tap.
  const int64_t kept = std::min(stride, reach);
  const int64_t more = divided(reach, stride) - 1;  // runs that the last pixel's taps go beyond it
  planes.kept = kept;
  planes.across = columns + more;
  planes.line = kept * planes.across;
  planes.row = kept * planes.line;
  planes.plane = (rows + more) * planes.row;
  planes.image = maps.channels * planes.plane;
  planes.owned = Floats(maps.batch * planes.image + 2 * kLanes);
  float* all = planes.owned.get() + kLanes;
  std::fill_n(planes.owned.get(), kLanes, 0.f);
  std::fill_n(all + maps.batch * planes.image, kLanes, 0.f);
  planes.data = all;
  parallel_for(0, maps.batch * maps.channels, std::max<int64_t>(32768 / planes.plane, 1), [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; p++) {
      const float* from = maps.data + p * maps.height * maps.width;
      float* to = all + p * planes.plane;
      for (int64_t slot = 0; slot < (rows + more) * kept; slot++, to += planes.line) {
        const int64_t y = slot / kept * stride + slot % kept - top;
        if (y < 0 || y >= maps.height) {
          std::fill_n(to, planes.line, 0.f);
          continue;
        }
        for (int64_t part = 0; part < kept; part++) {
          float* run = to + part * planes.across;
          const int64_t first = part - left;  // the map's column at i is first + i * stride
          const int64_t begin_in = first >= 0 ? 0 : (-first + stride - 1) / stride;
          const int64_t end_in = first >= maps.width ? 0 : std::min(planes.across, (maps.width - first - 1) / stride + 1);
          const int64_t start = std::min(begin_in, planes.across), stop = std::max(start, end_in);
          std::fill_n(run, start, 0.f);
          const float* source = from + y * maps.width + first;
          if (stride == 1) {
            std::copy(source + start, source + stop, run + start);
          } else {
            for (int64_t i = start; i < stop; i++) run[i] = source[i * stride];
          }
          std::fill_n(run + stop, planes.across - stop, 0.f);
        }
      }
    }
  });
  return planes;
}

}  // namespace drcnn::conv::DRCNN_VERSION
