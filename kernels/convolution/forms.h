// The fast forms of one instruction set, DRCNN_VERSION: which product computes what. Included once for each of them.
#pragma once

#include "convolution.h"
#include "gather.h"
#include "matrix.h"
#include "weight_gradient.h"
#include "winograd.h"
#include "winograd_gradient.h"

namespace drcnn::conv::DRCNN_VERSION {

constexpr int64_t kMostTaps = kMostKernel * kMostKernel;

/// Taps of a grid of pixels: where each lies in the weight, and in the planes.
struct TapList {
  int64_t count = 0;
  int64_t in_weight[kMostTaps], in_planes[kMostTaps];
};

inline void forward(const Shape& shape, const float* input, const float* weight, const Finish& finish, float* output) {
  if (winograd_repays(shape)) {
    const TiledShape tiled{shape.batch, shape.channels, shape.outputs, shape.height, shape.width};
    return run(tiled, input, Taps{weight, {9 * shape.channels, 9, false}}, finish, output);
  }
  const int64_t rows = shape.out_height(), columns = shape.out_width(), taps = shape.taps();
  const Planes planes = planes_of(
      {input, shape.batch, shape.channels, shape.height, shape.width}, rows, columns, shape.stride, shape.padding(),
      shape.padding(), shape.kernel);
  TapList list;
  for (; list.count < taps; list.count++) {
    list.in_weight[list.count] = list.count;
    list.in_planes[list.count] = planes.tap(list.count / shape.kernel, list.count % shape.kernel);
  }
  const Weight left{weight, shape.channels * taps, taps, shape.outputs, shape.channels, taps, list.in_weight};
  const Floats packed = packed_weight(left);
  run(Gather{
      planes, left, list.in_planes, packed.get(), shape.batch, rows, columns, finish,
      {output, shape.outputs * rows * columns, rows * columns, 0, columns, 1}});
}

/// Pixels (down + r stride, right + c stride) of the input's gradient, which the same taps reach from the outputs; where none does, 0
/// stands already.
inline void gradient_of_phase(
    const Shape& shape, const Planes& planes, int64_t least, int64_t down, int64_t right, const float* weight, float* grad_input) {
  const int64_t stride = shape.stride, kernel = shape.kernel, taps = shape.taps();
  const int64_t rows = divided(shape.height - down, stride), columns = divided(shape.width - right, stride);
  TapList list;
  for (int64_t tap = 0; tap < taps; tap++) {
    // Input y is seen from output (y + padding - tap) / stride.
    const int64_t y = down + shape.padding() - tap / kernel, x = right + shape.padding() - tap % kernel;
    if (y % stride != 0 || x % stride != 0) continue;
    list.in_weight[list.count] = tap;
    list.in_planes[list.count++] = planes.tap(y / stride - least, x / stride - least);
  }
  const Place to{
      grad_input, shape.channels * shape.pixels(), shape.pixels(), down * shape.width + right, stride * shape.width, stride};
  if (list.count == 0) return;
  const Weight left{weight, taps, shape.channels * taps, shape.channels, shape.outputs, list.count, list.in_weight};
  const Floats packed = packed_weight(left);
  run(Gather{planes, left, list.in_planes, packed.get(), shape.batch, rows, columns, Finish{}, to});
}

inline void input_gradient(const Shape& shape, const float* grad, const float* weight, float* grad_input) {
  if (winograd_repays(shape)) {
    const TiledShape tiled{shape.batch, shape.outputs, shape.channels, shape.height, shape.width};
    return run(tiled, grad, Taps{weight, {9, 9 * shape.channels, true}}, Finish{}, grad_input);
  }
  // Outputs from `least` to `most` see the first pixels of the phases.
  const int64_t stride = shape.stride;
  const int64_t least = -((shape.kernel - 1 - shape.padding()) / stride), most = (stride - 1 + shape.padding()) / stride;
  const Planes planes = planes_of(
      {grad, shape.batch, shape.outputs, shape.out_height(), shape.out_width()}, divided(shape.height, stride),
      divided(shape.width, stride), 1, -least, -least, most - least + 1);
  if (stride > shape.kernel) {  // some inputs are not looked at
    parallel_for(0, shape.batch * shape.channels * shape.pixels(), 65536, [&](int64_t begin, int64_t end) {
      std::fill(grad_input + begin, grad_input + end, 0.f);
    });
  }
  for (int64_t down = 0; down < std::min(stride, shape.height); down++) {
    for (int64_t right = 0; right < std::min(stride, shape.width); right++) {
      gradient_of_phase(shape, planes, least, down, right, weight, grad_input);
    }
  }
}

inline void weight_gradient(const Shape& shape, const float* input, const float* grad, float* grad_weight) {
  if (winograd_repays(shape)) {
    const TiledShape tiled{shape.batch, shape.channels, shape.outputs, shape.height, shape.width};
    return winograd_weight_gradient(tiled, input, grad, grad_weight);
  }
  if (shape.kernel == 1 && shape.stride == 1 && packing_repays(shape.outputs, shape.channels)) {
    const int64_t pixels = shape.pixels();
    const Side left{grad, shape.outputs, pixels, 1, pixels, shape.outputs * pixels};
    const Side right{input, shape.channels, pixels, 1, pixels, shape.channels * pixels};
    return MatrixProduct{left, right, shape.batch * pixels, grad_weight}.run();
  }
  const int64_t rows = shape.out_height(), columns = shape.out_width();
  const Planes planes = planes_of(
      {input, shape.batch, shape.channels, shape.height, shape.width}, rows, columns, shape.stride, shape.padding(),
      shape.padding(), shape.kernel);
  TapList list;
  for (; list.count < shape.taps(); list.count++) {
    list.in_planes[list.count] = planes.tap(list.count / shape.kernel, list.count % shape.kernel);
  }
  const Floats packed = packed_gradient(grad, shape.batch, shape.outputs, rows * columns);
  const bool flat = planes.row == columns;
  run(WeightGradient{
      planes, list.in_planes, packed.get(), list.count, shape.batch, flat ? 1 : rows, flat ? rows * columns : columns,
      shape.channels, shape.outputs, grad_weight});
}

const Version version{forward, input_gradient, weight_gradient};

}  // namespace drcnn::conv::DRCNN_VERSION
