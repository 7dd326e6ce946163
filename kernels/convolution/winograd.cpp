// In chunks of tiles: inputs -> values at the points, then for a block of outputs at a time a matrix product for each point
// and sums -> outputs, so that values and sums stay in the caches. Large maps: a chunk is a task. Small ones are one chunk,
// whose channels and then blocks of outputs are the tasks.
#include <algorithm>
#include <cstring>
#include <memory>

#include "../task_queue.h"
#include "convolution.h"
#include "product.h"
#include "tiles.h"

namespace drcnn::conv {
namespace {

constexpr int64_t kChunkTiles = 96;
constexpr int64_t kOutputsOfChunk = 8 * kOutputRows;  ///< outputs of a block, whose sums stay in the caches
constexpr int64_t kOutputsOfMap = 4 * kOutputRows;    ///< where their taps' values are to stay there too

int64_t tiles_of(int64_t side) { return (side + kTile - 1) / kTile; }

/// Floats between the points of a buffer: a power of two would put all points of a place into one set of the caches.
int64_t apart(int64_t size) { return size + kPanel; }

using Floats = std::unique_ptr<float[]>;  // not cleared: every value is written before it is read

struct Shape {
  int64_t batch, channels, outputs, height, width;

  int64_t tiles_across() const { return tiles_of(width); }
  int64_t rows_of_image() const { return tiles_of(height); }
  int64_t tiles() const { return batch * rows_of_image() * tiles_across(); }
};

/// A weight, and where its values at the points are to be.
struct Taps {
  const float* weight;
  TapOrder order;

  /// Floats between the points of so many outputs.
  static int64_t apart_of(const Shape& shape, int64_t outputs) {
    return apart(row_blocks_of(outputs) * kOutputRows * shape.channels);
  }

  /// Outputs [first, first + count), which begin a block -> values [kPoints] of packed blocks, each `stride` apart.
  void fill(const Shape& shape, int64_t first, int64_t count, float* values, int64_t stride) const {
    for (int64_t done = 0; done < count; done += kOutputRows) {
      values_of_taps(
          weight + (first + done) * order.output_stride, order, std::min(kOutputRows, count - done), shape.channels,
          values + done * shape.channels, stride);
    }
  }
};

/// Values of taps at the points: of all outputs from `first` on, each point `stride` apart.
struct TapValues {
  const float* values;
  int64_t first, stride;
};

/// Tiles [from, to) of all images, one after the other.
struct Chunk {
  int64_t from, to;

  int64_t panels() const { return panels_of(to - from); }
  int64_t values_apart(const Shape& shape) const { return apart(panels() * shape.channels * kPanel); }
  int64_t sums_apart(int64_t outputs) const { return apart(outputs * panels() * kPanel); }

  /// Calls part(image, row, place) for each row of tiles that it has a part of; place: of the first tile, from the chunk's start.
  template <typename Part>
  void for_rows(const Shape& shape, const Part& part) const {
    for (int64_t tile = from; tile < to;) {
      const int64_t row = tile / shape.tiles_across(), first = tile % shape.tiles_across();
      const int64_t count = std::min(shape.tiles_across() - first, to - tile);
      part(row / shape.rows_of_image(), TileRow{row % shape.rows_of_image() * kTile, first, count}, tile - from);
      tile += count;
    }
  }
};

/// values: [kPoints][panels, C, kPanel].
void fill_values(const Shape& shape, const Chunk& chunk, const float* input, float* values) {
  const int64_t point = chunk.values_apart(shape), panel = shape.channels * kPanel, tiles = chunk.to - chunk.from;
  at::parallel_for(0, shape.channels, 1, [&](int64_t begin, int64_t end) {
    const Floats scratch(new float[scratch_size(std::min(shape.tiles_across(), tiles))]);
    for (int64_t channel = begin; channel < end; channel++) {
      const ChannelValues to{values + channel * kPanel, point, panel};
      chunk.for_rows(shape, [&](int64_t image, const TileRow& row, int64_t place) {
        const float* plane = input + (image * shape.channels + channel) * shape.height * shape.width;
        values_of_row(plane, shape.height, shape.width, row, scratch.get(), to, place);
      });
      const int64_t last = tiles % kPanel;
      if (last == 0) continue;
      float* rest = to.data + tiles / kPanel * panel;
      for (int64_t p = 0; p < kPoints; p++) std::fill(rest + p * point + last, rest + p * point + kPanel, 0.f);
    }
  });
}

/// Outputs [first, first + count) of a chunk. sums: [kPoints][count, panels * kPanel].
void fill_block(
    const Shape& shape, const Chunk& chunk, int64_t first, int64_t count, const TapValues& taps, const float* values,
    const Finish& finish, float* sums, float* scratch, float* output) {
  const int64_t columns = chunk.panels() * kPanel, sums_apart = chunk.sums_apart(count);
  for (int64_t p = 0; p < kPoints; p++) {
    const Left left{taps.values + p * taps.stride, true};
    multiply(
        count, shape.channels, chunk.panels(), left.from(first - taps.first, shape.channels),
        values + p * chunk.values_apart(shape), sums + p * sums_apart, columns);
  }
  for (int64_t channel = first; channel < first + count; channel++, sums += columns) {
    chunk.for_rows(shape, [&](int64_t image, const TileRow& row, int64_t place) {
      const int64_t plane = (image * shape.outputs + channel) * shape.height * shape.width;
      outputs_of_row(
          sums + place, sums_apart, finish.of(channel), finish.residual == nullptr ? nullptr : finish.residual + plane,
          shape.height, shape.width, row, scratch, output + plane);
    });
  }
}

/// All outputs of a chunk, `block` of them at a time; taps_of(first, count) gives their taps' values.
template <typename TapsOf>
void fill_blocks(
    const Shape& shape, const Chunk& chunk, int64_t block, TaskQueue& queue, const TapsOf& taps_of,
    const float* values, const Finish& finish, float* output) {
  const Floats sums(new float[kPoints * chunk.sums_apart(block)]);
  const Floats scratch(new float[scratch_size(std::min(shape.tiles_across(), chunk.to - chunk.from))]);
  queue.each([&](int64_t task) {
    const int64_t first = task * block, count = std::min(block, shape.outputs - first);
    fill_block(shape, chunk, first, count, taps_of(first, count), values, finish, sums.get(), scratch.get(), output);
  });
}

int64_t blocks_of(const Shape& shape, int64_t block) { return (shape.outputs + block - 1) / block; }

/// How many chunks: as many for each thread.
int64_t chunks_of(const Shape& shape) {
  const int64_t threads = at::get_num_threads(), chunks = (shape.tiles() + kChunkTiles - 1) / kChunkTiles;
  return (chunks + threads - 1) / threads * threads;
}

/// A small map: tasks are channels, then blocks of outputs, whose taps' values are made when they are needed, and only then.
void run_whole(const Shape& shape, const float* input, const Taps& taps, const Finish& finish, float* output) {
  const Chunk whole{0, shape.tiles()};
  const Floats values(new float[kPoints * whole.values_apart(shape)]);
  fill_values(shape, whole, input, values.get());
  share_tasks(blocks_of(shape, kOutputsOfMap), [&](TaskQueue& queue) {
    const int64_t stride = Taps::apart_of(shape, kOutputsOfMap);
    const Floats tap_values(new float[kPoints * stride]);
    const auto taps_of = [&](int64_t first, int64_t count) {
      taps.fill(shape, first, count, tap_values.get(), stride);
      return TapValues{tap_values.get(), first, stride};
    };
    fill_blocks(shape, whole, kOutputsOfMap, queue, taps_of, values.get(), finish, output);
  });
}

/// A large map: the taps' values are made beforehand, and a task is a chunk.
void run_chunks(const Shape& shape, const float* input, const Taps& taps, const Finish& finish, float* output) {
  const int64_t stride = Taps::apart_of(shape, shape.outputs);
  const Floats tap_values(new float[kPoints * stride]);
  at::parallel_for(0, row_blocks_of(shape.outputs), 1, [&](int64_t begin, int64_t end) {
    const int64_t first = begin * kOutputRows, count = std::min(end * kOutputRows, shape.outputs) - first;
    taps.fill(shape, first, count, tap_values.get() + first * shape.channels, stride);
  });
  const int64_t chunk_panels = (panels_of(shape.tiles()) + chunks_of(shape) - 1) / chunks_of(shape);
  const int64_t step = chunk_panels * kPanel, chunks = (shape.tiles() + step - 1) / step;
  share_tasks(chunks, [&](TaskQueue& queue) {
    const Floats values(new float[kPoints * Chunk{0, step}.values_apart(shape)]);
    const auto taps_of = [&](int64_t, int64_t) { return TapValues{tap_values.get(), 0, stride}; };
    queue.each([&](int64_t task) {
      const Chunk chunk{task * step, std::min((task + 1) * step, shape.tiles())};
      fill_values(shape, chunk, input, values.get());
      TaskQueue blocks(blocks_of(shape, kOutputsOfChunk), 1);
      fill_blocks(shape, chunk, kOutputsOfChunk, blocks, taps_of, values.get(), finish, output);
    });
  });
}

at::Tensor run(const Shape& shape, const at::Tensor& input, const Taps& taps, const Finish& finish) {
  auto output = at::empty({shape.batch, shape.outputs, shape.height, shape.width}, input.options());
  if (output.numel() == 0) return output;
  (shape.tiles() < 2 * kChunkTiles ? run_whole : run_chunks)(
      shape, input.data_ptr<float>(), taps, finish, output.data_ptr<float>());
  return output;
}

}  // namespace

bool winograd_repays(int64_t batch, int64_t channels, int64_t outputs, int64_t height, int64_t width) {
  const int64_t tiles = batch * tiles_of(height) * tiles_of(width);
  return channels >= 16 && outputs >= 16 && tiles >= 16;
}

at::Tensor winograd(const at::Tensor& input, const at::Tensor& weight, const Finish& finish) {
  const Shape shape{input.size(0), weight.size(1), weight.size(0), input.size(2), input.size(3)};
  return run(shape, input, {weight.data_ptr<float>(), {9 * shape.channels, 9, false}}, finish);
}

at::Tensor winograd_gradient(const at::Tensor& grad, const at::Tensor& weight) {
  const Shape shape{grad.size(0), weight.size(0), weight.size(1), grad.size(2), grad.size(3)};
  return run(shape, grad, {weight.data_ptr<float>(), {9, 9 * shape.outputs, true}}, {});
}

}  // namespace drcnn::conv
