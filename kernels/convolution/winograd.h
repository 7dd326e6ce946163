// A 3x3 convolution of stride 1 by Winograd's algorithm, in chunks of tiles: inputs -> values at the points, then for a block of outputs
// at a time a matrix product for each point and sums -> outputs, so that values and sums stay in the caches. Large maps: a chunk is a
// task. Small ones are one chunk, whose channels and then blocks of outputs are the tasks.
#pragma once

#include "planes.h"
#include "threads.h"
#include "tiles.h"

namespace drcnn::conv::DRCNN_VERSION {

constexpr int64_t kChunkTiles = kPanel > 16 ? kPanel : 6 * kPanel;
constexpr int64_t kOutputsOfChunk = 44 * kRows;  ///< outputs of a block: what they are made of is read once for all of them
constexpr int64_t kOutputsOfMap = 4 * kRows;    ///< where their taps' values are to stay there too

inline int64_t tiles_of(int64_t side) { return (side + kTile - 1) / kTile; }

/// Floats between the points of a buffer: a power of two would put all points of a place into one set of the caches.
inline int64_t apart(int64_t size) { return size + kPanel; }

struct TiledShape {
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
  static int64_t apart_of(const TiledShape& shape, int64_t outputs) { return apart(outputs * shape.channels); }

  /// Outputs [first, first + count) -> values [kPoints] of [count, C], each `stride` apart.
  void fill(const TiledShape& shape, int64_t first, int64_t count, float* values, int64_t stride) const {
    values_of_taps(weight + first * order.output_stride, order, count, shape.channels, values, stride);
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
  int64_t values_apart(const TiledShape& shape) const { return apart(panels() * shape.channels * kPanel); }
  int64_t sums_apart(int64_t outputs) const { return apart(outputs * panels() * kPanel); }

  /// Calls part(image, row, place) for each row of tiles that it has a part of; place: of the first tile, from the chunk's start.
  template <typename Part>
  void for_rows(const TiledShape& shape, const Part& part) const {
    for (int64_t tile = from; tile < to;) {
      const int64_t row = tile / shape.tiles_across(), first = tile % shape.tiles_across();
      const int64_t count = std::min(shape.tiles_across() - first, to - tile);
      part(row / shape.rows_of_image(), TileRow{row % shape.rows_of_image() * kTile, first, count}, tile - from);
      tile += count;
    }
  }
};

/// Channel `channel` of a chunk's tiles. values: [kPoints][panels, C, kPanel].
inline void fill_channel(
    const TiledShape& shape, const Chunk& chunk, const float* input, int64_t channel, float* scratch, float* values) {
  const int64_t point = chunk.values_apart(shape), panel = shape.channels * kPanel, tiles = chunk.to - chunk.from;
  const ChannelValues to{values + channel * kPanel, point, panel};
  chunk.for_rows(shape, [&](int64_t image, const TileRow& row, int64_t place) {
    const float* plane = input + (image * shape.channels + channel) * shape.height * shape.width;
    values_of_row(plane, shape.height, shape.width, row, scratch, to, place);
  });
  const int64_t last = tiles % kPanel;
  if (last == 0) return;
  float* rest = to.data + tiles / kPanel * panel;
  for (int64_t p = 0; p < kPoints; p++) std::fill(rest + p * point + last, rest + p * point + divided(last, kLanes) * kLanes, 0.f);
}

/// Scratch for the widest part of a row that a chunk has.
inline Floats scratch_of(const TiledShape& shape, const Chunk& chunk) {
  return Floats(scratch_size(std::min(shape.tiles_across(), chunk.to - chunk.from)));
}

/// Outputs [first, first + count) of a chunk. sums: [kPoints][count, panels * kPanel].
inline void fill_block(
    const TiledShape& shape, const Chunk& chunk, int64_t first, int64_t count, const TapValues& taps, const float* values,
    const Finish& finish, float* sums, float* scratch, float* output) {
  const int64_t columns = chunk.panels() * kPanel, sums_apart = chunk.sums_apart(count);
  for (int64_t p = 0; p < kPoints; p++) {
    const float* left = taps.values + p * taps.stride + (first - taps.first) * shape.channels;
    Product{left, shape.channels, count, shape.channels, values + p * chunk.values_apart(shape), chunk.to - chunk.from, sums + p * sums_apart, columns}
        .run();
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
    const TiledShape& shape, const Chunk& chunk, int64_t block, TaskQueue& queue, const TapsOf& taps_of,
    const float* values, const Finish& finish, float* output) {
  const Floats sums(kPoints * chunk.sums_apart(block));
  const Floats scratch = scratch_of(shape, chunk);
  queue.each([&](int64_t task) {
    const int64_t first = task * block, count = std::min(block, shape.outputs - first);
    fill_block(shape, chunk, first, count, taps_of(first, count), values, finish, sums.get(), scratch.get(), output);
  });
}

inline int64_t blocks_of(const TiledShape& shape, int64_t block) { return divided(shape.outputs, block); }

/// How many chunks: as many for each thread.
inline int64_t chunks_of(const TiledShape& shape) {
  const int64_t threads = thread_count(), chunks = divided(shape.tiles(), kChunkTiles);
  return divided(chunks, threads) * threads;
}

/// A small map: tasks are channels, then blocks of outputs, whose taps' values are made when they are needed, and only then.
inline void run_whole(const TiledShape& shape, const float* input, const Taps& taps, const Finish& finish, float* output) {
  const Chunk whole{0, shape.tiles()};
  const Floats values(kPoints * whole.values_apart(shape));
  parallel_for(0, shape.channels, 1, [&](int64_t begin, int64_t end) {
    const Floats scratch = scratch_of(shape, whole);
    for (int64_t channel = begin; channel < end; channel++) fill_channel(shape, whole, input, channel, scratch.get(), values.get());
  });
  share_tasks(blocks_of(shape, kOutputsOfMap), [&](TaskQueue& queue) {
    const int64_t stride = Taps::apart_of(shape, kOutputsOfMap);
    const Floats tap_values(kPoints * stride);
    const auto taps_of = [&](int64_t first, int64_t count) {
      taps.fill(shape, first, count, tap_values.get(), stride);
      return TapValues{tap_values.get(), first, stride};
    };
    fill_blocks(shape, whole, kOutputsOfMap, queue, taps_of, values.get(), finish, output);
  });
}

/// A large map: the taps' values are made beforehand, and a task is a chunk.
inline void run_chunks(const TiledShape& shape, const float* input, const Taps& taps, const Finish& finish, float* output) {
  const int64_t stride = Taps::apart_of(shape, shape.outputs);
  const Floats tap_values(kPoints * stride);
  parallel_for(0, divided(shape.outputs, kOctet), 1, [&](int64_t begin, int64_t end) {
    const int64_t first = begin * kOctet, count = std::min(end * kOctet, shape.outputs) - first;
    taps.fill(shape, first, count, tap_values.get() + first * shape.channels, stride);
  });
  const int64_t step = divided(divided(shape.tiles(), chunks_of(shape)), kLanes) * kLanes, chunks = divided(shape.tiles(), step);
  share_tasks(chunks, [&](TaskQueue& queue) {
    const Floats values(kPoints * Chunk{0, step}.values_apart(shape));
    const auto taps_of = [&](int64_t, int64_t) { return TapValues{tap_values.get(), 0, stride}; };
    queue.each([&](int64_t task) {
      const Chunk chunk{task * step, std::min((task + 1) * step, shape.tiles())};
      const Floats scratch = scratch_of(shape, chunk);
      for (int64_t channel = 0; channel < shape.channels; channel++) fill_channel(shape, chunk, input, channel, scratch.get(), values.get());
      TaskQueue blocks(blocks_of(shape, kOutputsOfChunk), 1);
      fill_blocks(shape, chunk, kOutputsOfChunk, blocks, taps_of, values.get(), finish, output);
    });
  });
}

inline void run(const TiledShape& shape, const float* input, const Taps& taps, const Finish& finish, float* output) {
  (shape.tiles() < 2 * kChunkTiles ? run_whole : run_chunks)(shape, input, taps, finish, output);
}

}  // namespace drcnn::conv::DRCNN_VERSION
