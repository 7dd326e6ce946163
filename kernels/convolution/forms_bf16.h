// Which product of blocks computes what.
#pragma once

#include "convolution_bf16.h"
#include "blocks_bf16.h"
#include "parts_bf16.h"
#include "planes_bf16.h"

namespace drcnn::conv::bf16::pairs {

/// Where results of a grid go: pixel (r, c) of channel p of image n at data[n * image + p * plane + first + r * row + c * column].
struct Place {
  uint16_t* data;
  int64_t image, plane, first, row, column;
};

/// Finished numbers, from `count` sums that follow each other.
DRCNN_INLINE void finish_run(
    const float* sums, int64_t count, float scale, float bias, const uint16_t* residual, bool relu, uint16_t* to, int64_t step) {
  for (int64_t x = 0; x < count; x += 16) {
    Singles value = whole<Singles>(sums + x) * scale + bias;
    if (residual != nullptr) value += singles_of(first_halves(residual + x, count - x));
    if (relu) value = value < 0.f ? Singles{} : value;
    const Halves halves = halves_of(value);
    if (step == 1) {
      put_halves(halves, count - x, to + x);
    } else {
      for (int64_t i = 0; i < std::min<int64_t>(count - x, 16); i++) to[(x + i) * step] = halves[i];
    }
  }
}

/// A convolution's weight as the left side of its product with what pixels see: rows of [channels, taps].
struct Gather {
  const Planes& planes;
  const int64_t* places;  ///< where each inner value's first pixel lies in the planes
  int64_t inner, outputs, batch, rows, columns;
  const Finish& finish;
  Place to;

  /// Pixels as the planes number them: behind each row there are some that are none.
  int64_t positions() const { return (rows - 1) * planes.row + columns; }

  DRCNN_INLINE void put(int64_t image, int64_t output, int64_t outputs_here, int64_t from, int64_t end, const float* sums, int64_t stride) const {
    const bool flat = planes.row == columns && to.row == columns && to.column == 1;
    for (int64_t p = from; p < end;) {
      const int64_t r = flat ? 0 : p / planes.row, c = flat ? p : p % planes.row;
      if (!flat && c >= columns) {
        p = (r + 1) * planes.row;
        continue;
      }
      const int64_t here = flat ? end - p : std::min(columns - c, end - p);
      const int64_t place = image * to.image + output * to.plane + to.first + r * to.row + c * to.column;
      for (int64_t i = 0; i < outputs_here; i++) {
        const int64_t at = place + i * to.plane, o = output + i;
        finish_run(
            sums + i * stride + (p - from), here, finish.scale == nullptr ? 1.f : finish.scale[o],
            finish.bias == nullptr ? 0.f : finish.bias[o], finish.residual == nullptr ? nullptr : finish.residual + at, finish.relu,
            to.data + at, to.column);
      }
      p += here;
    }
  }
};

inline void run(bool tiles, const Gather& gather, const Packed& weight) {
  const int64_t positions = gather.positions(), row_tiles = divided(gather.outputs, 16), column_tiles = divided(positions, 16);
  share_parts(tiles, gather.batch, row_tiles, column_tiles, divided(gather.inner, 32), [&](Space& space, int64_t image, const Part& part) {
    const Fresh<uint16_t, true> pixels{
        {gather.planes.data + image * gather.planes.image, gather.inner, positions, false, 0, gather.places}};
    run_part(space, part, weight, pixels, [&](int64_t row, int64_t column, const float* sums, int64_t stride) {
      gather.put(
          image, row, std::min<int64_t>(gather.outputs - row, 32), column, std::min<int64_t>(positions, column + 32), sums, stride);
    });
  });
}

inline std::unique_ptr<int64_t[]> new_places(int64_t count) { return std::unique_ptr<int64_t[]>(new int64_t[count]); }

/// Where (channel, tap) lies, of all channels.
inline std::unique_ptr<int64_t[]> places_of(const Shape& shape, const Planes& planes) {
  auto places = new_places(shape.channels * shape.taps());
  for (int64_t i = 0; i < shape.channels * shape.taps(); i++) {
    const int64_t tap = i % shape.taps();
    places[i] = i / shape.taps() * planes.plane + planes.tap(tap / shape.kernel, tap % shape.kernel);
  }
  return places;
}

inline Planes planes_of(const Shape& shape, const uint16_t* input) {
  return planes_of(
      {input, shape.batch, shape.channels, shape.height, shape.width}, shape.out_height(), shape.out_width(), shape.stride,
      shape.padding(), shape.padding(), shape.kernel);
}

inline void forward(
    bool tiles, const Shape& shape, const uint16_t* input, const float* weight, const Finish& finish, uint16_t* output) {
  const Planes planes = planes_of(shape, input);
  const auto places = places_of(shape, planes);
  const int64_t inner = shape.channels * shape.taps(), pixels = shape.out_pixels();
  const Packed left = packed<false>(Lines<float>{weight, shape.outputs, inner, true, inner}, divided(inner, 32));
  run(tiles,
      Gather{planes, places.get(), inner, shape.outputs, shape.batch, shape.out_height(), shape.out_width(), finish,
             {output, shape.outputs * pixels, pixels, 0, shape.out_width(), 1}},
      left);
}

/// Pixels (down + r stride, right + c stride) of the input's gradient, which the same taps reach from the outputs; where none does, 0
/// stands already.
inline void gradient_of_phase(
    bool tiles, const Shape& shape, const Planes& planes, int64_t least, int64_t down, int64_t right, const float* weight,
    uint16_t* grad_input) {
  const int64_t stride = shape.stride, kernel = shape.kernel, taps = shape.taps();
  int64_t count = 0, used[kMostKernel * kMostKernel], seen[kMostKernel * kMostKernel];
  for (int64_t tap = 0; tap < taps; tap++) {
    // Input y is seen from output (y + padding - tap) / stride.
    const int64_t y = down + shape.padding() - tap / kernel, x = right + shape.padding() - tap % kernel;
    if (y % stride != 0 || x % stride != 0) continue;
    used[count] = tap;
    seen[count++] = planes.tap(y / stride - least, x / stride - least);
  }
  if (count == 0) return;
  const int64_t inner = shape.outputs * count;
  const auto places = new_places(inner), in_weight = new_places(inner);
  for (int64_t i = 0; i < inner; i++) {
    places[i] = i / count * planes.plane + seen[i % count];
    in_weight[i] = i / count * shape.channels * taps + used[i % count];
  }
  const Packed left =
      packed<false>(Lines<float>{weight, inner, shape.channels, false, 0, in_weight.get(), taps}, divided(inner, 32));
  run(tiles,
      Gather{planes, places.get(), inner, shape.channels, shape.batch, divided(shape.height - down, stride),
             divided(shape.width - right, stride), Finish{},
             {grad_input, shape.channels * shape.pixels(), shape.pixels(), down * shape.width + right, stride * shape.width, stride}},
      left);
}

inline void input_gradient(bool tiles, const Shape& shape, const uint16_t* grad, const float* weight, uint16_t* grad_input) {
  // Outputs from `least` to `most` see the first pixels of the phases.
  const int64_t stride = shape.stride;
  const int64_t least = -((shape.kernel - 1 - shape.padding()) / stride), most = (stride - 1 + shape.padding()) / stride;
  const Planes planes = planes_of(
      {grad, shape.batch, shape.outputs, shape.out_height(), shape.out_width()}, divided(shape.height, stride),
      divided(shape.width, stride), 1, -least, -least, most - least + 1);
  if (stride > shape.kernel) {  // some inputs are not looked at
    parallel_for(0, shape.batch * shape.channels * shape.pixels(), 65536, [&](int64_t begin, int64_t end) {
      std::fill(grad_input + begin, grad_input + end, uint16_t{0});
    });
  }
  for (int64_t down = 0; down < std::min(stride, shape.height); down++) {
    for (int64_t right = 0; right < std::min(stride, shape.width); right++) {
      gradient_of_phase(tiles, shape, planes, least, down, right, weight, grad_input);
    }
  }
}

/// What each channel and tap sees of the pixels of all images, times the outputs' gradients.
inline void weight_gradient(bool tiles, const Shape& shape, const uint16_t* input, const uint16_t* grad, float* grad_weight) {
  const Planes planes = planes_of(shape, input);
  const auto places = places_of(shape, planes);
  const int64_t rows = shape.channels * shape.taps();
  // Pixels as the planes number them; a gradient behind a row is 0.
  const int64_t length = (shape.out_height() - 1) * planes.row + shape.out_width(), image_blocks = divided(length, 32);
  const Planes wide = planes_of(
      {grad, shape.batch, shape.outputs, shape.out_height(), shape.out_width()}, shape.out_height(), planes.row, 1, 0, 0, 1);
  const Lines<uint16_t> pixels{planes.data, rows, length, true, 0, places.get(), 1, planes.image, image_blocks};
  const Lines<uint16_t> outputs{wide.data, shape.outputs, length, true, wide.plane, nullptr, 1, wide.image, image_blocks};
  const int64_t blocks = shape.batch * image_blocks;
  const Packed right = packed<true>(outputs, blocks);
  share_parts(tiles, 1, divided(rows, 16), divided(shape.outputs, 16), blocks, [&](Space& space, int64_t, const Part& part) {
    run_part(space, part, Fresh<uint16_t, false>{pixels}, right, [&](int64_t row, int64_t column, const float* sums, int64_t stride) {
      for (int64_t o = column; o < std::min<int64_t>(column + 32, shape.outputs); o += 16) {
        for (int64_t r = row; r < std::min<int64_t>(row + 32, rows); r += 16) {
          Pairs block[16];
          for (int64_t i = 0; i < 16; i++) block[i] = whole<Pairs>(sums + (r - row + i) * stride + (o - column));
          turn_block(block);
          const size_t bytes = sizeof(float) * std::min<int64_t>(rows - r, 16);
          for (int64_t i = 0; i < std::min<int64_t>(shape.outputs - o, 16); i++) std::memcpy(grad_weight + (o + i) * rows + r, &block[i], bytes);
        }
      }
    });
  });
}

inline void relu_gradient(int64_t count, const uint16_t* grad, const uint16_t* output, uint16_t* grad_sums) {
  parallel_for(0, divided(count, 16), 4096, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin * 16; i < std::min(count, end * 16); i += 16) {
      const Halves given = first_halves(grad + i, count - i), was = first_halves(output + i, count - i);
      const Halves above = (Halves)(was - uint16_t{1} < uint16_t{0x7F80});  // no sign, not 0, no NaN
      put_halves(given & above, count - i, grad_sums + i);
    }
  });
}

inline void linear(
    bool tiles, const LinearShape& shape, const uint16_t* input, const float* weight, const float* bias, uint16_t* output) {
  const Fresh<uint16_t, false> left{{input, shape.rows, shape.inputs, true, shape.inputs}};
  const Packed right = packed<true>(Lines<float>{weight, shape.outputs, shape.inputs, true, shape.inputs}, divided(shape.inputs, 32));
  share_parts(tiles, 1, divided(shape.rows, 16), divided(shape.outputs, 16), divided(shape.inputs, 32), [&](Space& space, int64_t, const Part& part) {
    run_part(space, part, left, right, [&](int64_t row, int64_t column, const float* sums, int64_t stride) {
      for (int64_t r = row; r < std::min<int64_t>(row + 32, shape.rows); r++, sums += stride) {
        for (int64_t o = column; o < std::min<int64_t>(column + 32, shape.outputs); o += 16) {
          Singles value = whole<Singles>(sums + o - column);
          if (bias != nullptr) value += first_singles(bias + o, shape.outputs - o);
          put_halves(halves_of(value), shape.outputs - o, output + r * shape.outputs + o);
        }
      }
    });
  });
}

inline void linear_input_gradient(
    bool tiles, const LinearShape& shape, const uint16_t* grad, const float* weight, uint16_t* grad_input) {
  const Fresh<uint16_t, false> left{{grad, shape.rows, shape.outputs, true, shape.outputs}};
  const Packed right = packed<true>(Lines<float>{weight, shape.outputs, shape.inputs, false, shape.inputs}, divided(shape.outputs, 32));
  share_parts(tiles, 1, divided(shape.rows, 16), divided(shape.inputs, 16), divided(shape.outputs, 32), [&](Space& space, int64_t, const Part& part) {
    run_part(space, part, left, right, [&](int64_t row, int64_t column, const float* sums, int64_t stride) {
      for (int64_t r = row; r < std::min<int64_t>(row + 32, shape.rows); r++, sums += stride) {
        finish_run(sums, std::min<int64_t>(32, shape.inputs - column), 1.f, 0.f, nullptr, false, grad_input + r * shape.inputs + column, 1);
      }
    });
  });
}

inline void linear_weight_gradient(
    bool tiles, const LinearShape& shape, const uint16_t* input, const uint16_t* grad, float* grad_weight) {
  const Fresh<uint16_t, false> left{{grad, shape.rows, shape.outputs, false, shape.outputs}};
  const Fresh<uint16_t, true> right{{input, shape.rows, shape.inputs, false, shape.inputs}};
  share_parts(tiles, 1, divided(shape.outputs, 16), divided(shape.inputs, 16), divided(shape.rows, 32), [&](Space& space, int64_t, const Part& part) {
    run_part(space, part, left, right, [&](int64_t row, int64_t column, const float* sums, int64_t stride) {
      const size_t bytes = sizeof(float) * std::min<int64_t>(32, shape.inputs - column);
      for (int64_t r = row; r < std::min<int64_t>(row + 32, shape.outputs); r++, sums += stride) {
        std::memcpy(grad_weight + r * shape.inputs + column, sums, bytes);
      }
    });
  });
}

const Version version{forward,       input_gradient,        weight_gradient,       relu_gradient,
                      linear,        linear_input_gradient, linear_weight_gradient};

}  // namespace drcnn::conv::bf16::pairs
