// In chunks of whole rows of tiles, so that a chunk's values and sums stay in the caches: inputs -> values at the points
// (tasks: channels), a matrix product for each point (tasks: points), sums -> outputs (tasks: output channels).
#include <ATen/Parallel.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "convolution.h"
#include "product.h"
#include "tiles.h"

namespace drcnn::conv {
namespace {

constexpr int64_t kChunkTiles = 192;

int64_t tiles_of(int64_t side) { return (side + kTile - 1) / kTile; }
int64_t panels_of(int64_t tiles) { return (tiles + kPanel - 1) / kPanel; }

/// Floats between the points of a buffer: a power of two would put all points of a place into one set of the caches.
int64_t apart(int64_t size) { return size + kPanel; }

using Floats = std::unique_ptr<float[]>;  // not cleared: every value is written before it is read

struct Shape {
  int64_t batch, channels, outputs, height, width;

  int64_t tiles_across() const { return tiles_of(width); }
  int64_t rows_of_image() const { return tiles_of(height); }
  int64_t rows() const { return batch * rows_of_image(); }
  int64_t taps_apart() const { return apart(outputs * channels); }
};


/// Rows of tiles [from, to) of all images, one after the other.
struct Chunk {
  int64_t from, to;
  int64_t panels;         ///< of its tiles
  int64_t values_apart;   ///< values: [kPoints][panels, C, kPanel]
  int64_t sums_apart;     ///< sums: [kPoints][O, panels * kPanel]
};

/// At most kPanel floats, without a call for each.
DRCNN_INLINE void copy_few(const float* from, int64_t count, float* to) {
  constexpr int64_t kFew = 4;
  int64_t i = 0;
  for (; i + kFew <= count; i += kFew) std::memcpy(to + i, from + i, kFew * sizeof(float));
  for (; i < count; i++) to[i] = from[i];
}

void fill_values(const Shape& shape, const Chunk& chunk, const float* input, float* values) {
  const int64_t across = shape.tiles_across(), lanes = whole_lanes(across);
  const int64_t tiles = (chunk.to - chunk.from) * across, point = chunk.values_apart;
  at::parallel_for(0, shape.channels, 1, [&](int64_t begin, int64_t end) {
    const Floats scratch(new float[scratch_size(across)]);
    const Floats row_values(new float[std::max(kPoints * lanes, shape.width)]);
    for (int64_t channel = begin; channel < end; channel++) {
      for (int64_t row = chunk.from; row < chunk.to; row++) {
        const int64_t image = row / shape.rows_of_image(), top = row % shape.rows_of_image() * kTile;
        const float* plane = input + (image * shape.channels + channel) * shape.height * shape.width;
        values_of_row(plane, shape.height, shape.width, top, scratch.get(), row_values.get());
        for (int64_t done = 0; done < across;) {
          const int64_t tile = (row - chunk.from) * across + done, lane = tile % kPanel;
          const int64_t count = std::min(kPanel - lane, across - done);
          float* to = values + (tile / kPanel * shape.channels + channel) * kPanel + lane;
          for (int64_t p = 0; p < kPoints; p++) copy_few(row_values.get() + p * lanes + done, count, to + p * point);
          done += count;
        }
      }
      const int64_t last = tiles % kPanel;
      if (last == 0) continue;
      float* to = values + (tiles / kPanel * shape.channels + channel) * kPanel;
      for (int64_t p = 0; p < kPoints; p++) std::fill(to + p * point + last, to + p * point + kPanel, 0.f);
    }
  });
}

void multiply_points(const Shape& shape, const Chunk& chunk, const float* taps, const float* values, float* sums) {
  const int64_t blocks = (shape.outputs + kOutputBlock - 1) / kOutputBlock, columns = chunk.panels * kPanel;
  at::parallel_for(0, kPoints * blocks, 1, [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; task++) {
      const int64_t p = task / blocks, first = task % blocks * kOutputBlock;
      multiply(
          std::min(kOutputBlock, shape.outputs - first), shape.channels, chunk.panels,
          taps + p * shape.taps_apart() + first * shape.channels, values + p * chunk.values_apart,
          sums + p * chunk.sums_apart + first * columns, columns);
    }
  });
}

void fill_outputs(
    const Shape& shape, const Chunk& chunk, const float* sums, const Finish& finish, float* output) {
  const int64_t across = shape.tiles_across(), columns = chunk.panels * kPanel;
  at::parallel_for(0, shape.outputs, 1, [&](int64_t begin, int64_t end) {
    const Floats scratch(new float[scratch_size(across)]);
    for (int64_t channel = begin; channel < end; channel++) {
      for (int64_t row = chunk.from; row < chunk.to; row++) {
        const int64_t image = row / shape.rows_of_image(), top = row % shape.rows_of_image() * kTile;
        const int64_t plane = (image * shape.outputs + channel) * shape.height * shape.width;
        outputs_of_row(
            sums + channel * columns + (row - chunk.from) * across, chunk.sums_apart,
            finish.bias == nullptr ? 0.f : finish.bias[channel],
            finish.residual == nullptr ? nullptr : finish.residual + plane, finish.relu, shape.height, shape.width, top,
            scratch.get(), output + plane);
      }
    }
  });
}

void fill_taps(const Shape& shape, const float* weight, const TapOrder& order, float* taps) {
  at::parallel_for(0, shape.outputs, 1, [&](int64_t begin, int64_t end) {
    for (int64_t o = begin; o < end; o++) {
      values_of_taps(
          weight + o * order.output_stride, order, shape.channels, taps + o * shape.channels,
          shape.taps_apart());
    }
  });
}

at::Tensor run(
    const Shape& shape, const at::Tensor& input, const at::Tensor& weight, const TapOrder& order,
    const Finish& finish) {
  auto output = at::empty({shape.batch, shape.outputs, shape.height, shape.width}, input.options());
  if (output.numel() == 0) return output;
  const int64_t across = shape.tiles_across();
  const int64_t step = std::min(std::max<int64_t>(kChunkTiles / across, 1), shape.rows());
  const int64_t columns = panels_of(step * across) * kPanel;
  const int64_t values_apart = apart(shape.channels * columns), sums_apart = apart(shape.outputs * columns);
  const auto taps = at::empty({kPoints * shape.taps_apart()}, input.options());
  const auto values = at::empty({kPoints * values_apart}, input.options());
  const auto sums = at::empty({kPoints * sums_apart}, input.options());
  fill_taps(shape, weight.data_ptr<float>(), order, taps.data_ptr<float>());
  for (int64_t from = 0; from < shape.rows(); from += step) {
    const int64_t to = std::min(from + step, shape.rows());
    const Chunk chunk{from, to, panels_of((to - from) * across), values_apart, sums_apart};
    fill_values(shape, chunk, input.data_ptr<float>(), values.data_ptr<float>());
    multiply_points(shape, chunk, taps.data_ptr<float>(), values.data_ptr<float>(), sums.data_ptr<float>());
    fill_outputs(shape, chunk, sums.data_ptr<float>(), finish, output.data_ptr<float>());
  }
  return output;
}

}  // namespace

bool winograd_repays(int64_t batch, int64_t channels, int64_t outputs, int64_t height, int64_t width) {
  const int64_t tiles = batch * tiles_of(height) * tiles_of(width);
  return channels >= 16 && outputs >= 16 && tiles >= 16;
}

at::Tensor winograd(const at::Tensor& input, const at::Tensor& weight, const Finish& finish) {
  const Shape shape{input.size(0), weight.size(1), weight.size(0), input.size(2), input.size(3)};
  return run(shape, input, weight, {9 * shape.channels, 9, false}, finish);
}

at::Tensor winograd_gradient(const at::Tensor& grad, const at::Tensor& weight) {
  const Shape shape{grad.size(0), weight.size(0), weight.size(1), grad.size(2), grad.size(3)};
  return run(shape, grad, weight, {9, 9 * shape.outputs, true}, {nullptr, nullptr, false});
}

}  // namespace drcnn::conv
