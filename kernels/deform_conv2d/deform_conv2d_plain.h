// Modulated deformable convolution (Zhu et al., Deformable ConvNets v2, 2018), as it is defined: a convolution whose taps
// look where a learned offset sends them, bilinearly, each value multiplied by a learned mask. The other forms compute the
// same faster, and are tested against this one.
//
// Meaning as torchvision.ops.deform_conv2d (BSD 3-Clause, read, not copied):
// https://github.com/pytorch/vision/blob/main/torchvision/csrc/ops/cpu/deform_conv2d_kernel.cpp
// Tap k = row * kernel_w + column of offset group d looks at
//   (y, x) = output * stride - pad + tap * dilation + (offset[2 (d K + k)], offset[2 (d K + k) + 1]);
// a pixel outside the map counts as 0. A position at NaN or infinity is outside: it adds 0 and has no gradient but the
// mask's, which is 0.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "shape.h"

namespace drcnn::deform::plain {

/// A pixel that a position is looked up from: its weight, and how the weight changes with the position.
template <typename T>
struct Pixel {
  int64_t at;  ///< y * W + x
  T weight, by_y, by_x;
};

/// Those of the four pixels around a position that lie on the map. At -1 the gradient is that of larger positions.
template <typename T>
std::vector<Pixel<T>> pixels_around(T y, T x, int64_t height, int64_t width) {
  std::vector<Pixel<T>> pixels;
  if (!(y >= -1 && y < height && x >= -1 && x < width)) return pixels;  // so written, NaN is outside
  const auto top = static_cast<int64_t>(std::floor(y)), left = static_cast<int64_t>(std::floor(x));
  const T down = y - top, right = x - left;
  const auto add = [&](int64_t row, int64_t column, const Pixel<T>& pixel) {
    if (row < 0 || row >= height || column < 0 || column >= width) return;
    pixels.push_back({row * width + column, pixel.weight, pixel.by_y, pixel.by_x});
  };
  add(top, left, {0, (1 - down) * (1 - right), right - 1, down - 1});
  add(top, left + 1, {0, (1 - down) * right, -right, 1 - down});
  add(top + 1, left, {0, down * (1 - right), 1 - right, -down});
  add(top + 1, left + 1, {0, down * right, right, down});
  return pixels;
}

/// What one tap of one offset group sees for one output position of one image.
template <typename T>
struct Look {
  int64_t image, position, tap;
  int64_t first, last;             ///< channels of the offset group: from first, before last
  int64_t offset_y, offset_x, at;  ///< where the offset is in offset, and the mask in mask
  T mask;
  std::vector<Pixel<T>> pixels;
};

template <typename T, typename Visit>
void each_look(const Shape& s, const T* offset, const T* mask, const Visit& visit) {
  for (int64_t n = 0; n < s.batch; n++) {
    for (int64_t position = 0; position < s.positions(); position++) {
      for (int64_t d = 0; d < s.offset_groups; d++) {
        for (int64_t tap = 0; tap < s.taps(); tap++) {
          const int64_t sample = (n * s.offset_groups + d) * s.taps() + tap;
          const int64_t at = sample * s.positions() + position;
          const int64_t offset_y = 2 * sample * s.positions() + position, offset_x = offset_y + s.positions();
          const T y = position / s.out_w * s.stride_h - s.pad_h + tap / s.kernel_w * s.dil_h + offset[offset_y];
          const T x = position % s.out_w * s.stride_w - s.pad_w + tap % s.kernel_w * s.dil_w + offset[offset_x];
          const int64_t width = s.offset_group_channels();
          visit(Look<T>{
              n, position, tap, d * width, (d + 1) * width, offset_y, offset_x, at, mask != nullptr ? mask[at] : T(1),
              pixels_around(y, x, s.height, s.width)});
        }
      }
    }
  }
}

/// Calls visit(place in weight, place in output) for each output that a channel goes into.
template <typename Look, typename Visit>
void each_output(const Shape& s, const Look& look, int64_t channel, const Visit& visit) {
  const int64_t group = channel / s.group_channels(), within = channel % s.group_channels();
  for (int64_t o = group * s.group_outputs(); o < (group + 1) * s.group_outputs(); o++) {
    visit((o * s.group_channels() + within) * s.taps() + look.tap, (look.image * s.outputs + o) * s.positions() + look.position);
  }
}

/// Arguments as drcnn_deform_conv2d_forward's.
template <typename T>
void forward(
    const Shape& s, const T* input, const T* weight, const T* offset, const T* mask, const T* bias, T* output) {
  for (int64_t i = 0; i < s.batch * s.outputs * s.positions(); i++) {
    output[i] = bias != nullptr ? bias[i / s.positions() % s.outputs] : T(0);
  }
  each_look(s, offset, mask, [&](const Look<T>& look) {
    for (int64_t c = look.first; c < look.last; c++) {
      const T* map = input + (look.image * s.channels + c) * s.pixels();
      T value = 0;
      for (const Pixel<T>& pixel : look.pixels) value += pixel.weight * map[pixel.at];
      each_output(s, look, c, [&](int64_t of_weight, int64_t of_output) {
        output[of_output] += weight[of_weight] * look.mask * value;
      });
    }
  });
}

/// Arguments as drcnn_deform_conv2d_backward's; all gradients but grad_mask, where mask is null, are needed.
template <typename T>
void backward(
    const Shape& s, const T* grad, const T* input, const T* weight, const T* offset, const T* mask, T* grad_input,
    T* grad_weight, T* grad_offset, T* grad_mask, T* grad_bias) {
  const int64_t fields = s.batch * s.samples() * s.positions();
  std::fill_n(grad_input, s.batch * s.channels * s.pixels(), T(0));
  std::fill_n(grad_weight, s.outputs * s.group_channels() * s.taps(), T(0));
  std::fill_n(grad_offset, 2 * fields, T(0));
  if (mask != nullptr) std::fill_n(grad_mask, fields, T(0));
  std::fill_n(grad_bias, s.outputs, T(0));
  for (int64_t i = 0; i < s.batch * s.outputs * s.positions(); i++) grad_bias[i / s.positions() % s.outputs] += grad[i];
  each_look(s, offset, mask, [&](const Look<T>& look) {
    for (int64_t c = look.first; c < look.last; c++) {
      const int64_t first = (look.image * s.channels + c) * s.pixels();
      T value = 0, by_y = 0, by_x = 0;
      for (const Pixel<T>& pixel : look.pixels) {
        value += pixel.weight * input[first + pixel.at];
        by_y += pixel.by_y * input[first + pixel.at];
        by_x += pixel.by_x * input[first + pixel.at];
      }
      T grad_value = 0;  // of mask * value
      each_output(s, look, c, [&](int64_t of_weight, int64_t of_output) {
        grad_weight[of_weight] += grad[of_output] * look.mask * value;
        grad_value += grad[of_output] * weight[of_weight];
      });
      for (const Pixel<T>& pixel : look.pixels) grad_input[first + pixel.at] += grad_value * look.mask * pixel.weight;
      grad_offset[look.offset_y] += grad_value * look.mask * by_y;
      grad_offset[look.offset_x] += grad_value * look.mask * by_x;
      if (mask != nullptr) grad_mask[look.at] += grad_value * value;
    }
  });
}

}  // namespace drcnn::deform::plain
