// Where the taps of a deformable convolution look, as arithmetic alone, for every backend.
#pragma once

#include <cstdint>

#include "../common/host_device.h"
#include "../common/isa.h"

namespace drcnn::deform {

/// Where a tap looks. A pixel of -1 lies outside the map; down and right are the fractions towards the second pixels.
template <typename T>
struct Sample {
  int32_t pixel[4];  ///< (top, left), (top, right), (bottom, left), (bottom, right)
  T down, right, mask;

  /// The bilinear weight of each pixel.
  DRCNN_HOST_DEVICE void weights(T* weight) const {
    weight[0] = (T(1) - down) * (T(1) - right), weight[1] = (T(1) - down) * right;
    weight[2] = down * (T(1) - right), weight[3] = down * right;
  }
};

/// The largest integer that is not larger, of a value that is not below -1.
template <typename T>
DRCNN_HOST_DEVICE DRCNN_INLINE int32_t floor_of(T value) {
  const auto whole = static_cast<int32_t>(value);
  return whole - (value < static_cast<T>(whole) ? 1 : 0);
}

/// A lower border of -1 itself gives 0 but has a one-sided gradient, as torchvision's.
template <typename T>
DRCNN_HOST_DEVICE DRCNN_INLINE Sample<T> look(T y, T x, T mask, int32_t height, int32_t width) {
  Sample<T> sample{{-1, -1, -1, -1}, T(0), T(0), mask};
  const bool near = y >= T(-1) && y < static_cast<T>(height) && x >= T(-1) && x < static_cast<T>(width);
  if (!near) return sample;  // so written, NaN is outside
  const int32_t y0 = floor_of(y), x0 = floor_of(x);
  const bool above = y0 >= 0, below = y0 + 1 < height, before = x0 >= 0, after = x0 + 1 < width;
  const int32_t first = y0 * width + x0;
  if (above && before) sample.pixel[0] = first;
  if (above && after) sample.pixel[1] = first + 1;
  if (below && before) sample.pixel[2] = first + width;
  if (below && after) sample.pixel[3] = first + width + 1;
  sample.down = y - static_cast<T>(y0), sample.right = x - static_cast<T>(x0);
  return sample;
}

}  // namespace drcnn::deform
