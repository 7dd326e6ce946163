// The gradient of 3x3 weights by Winograd's algorithm turned round: what the forward does to a tile is linear in the weight, so its
// transpose takes a tile's inputs and output gradients at the points, multiplies them there, sums over the tiles, and comes back to nine
// taps: 36 products a tile instead of 144. In chunks of tiles, whose number depends on nothing but the tiles.
#pragma once

#include "weight_gradient.h"
#include "winograd.h"

namespace drcnn::conv::DRCNN_VERSION {

constexpr int64_t kGradientTiles = 256;
constexpr int64_t kGradientRows = 16 * kRows;

struct WinogradGradient {
  const TiledShape& shape;
  const float* input;
  const float* turned;  ///< packed_gradient of the outputs
  int64_t room;         ///< tiles of a chunk, and those that a last vector writes beyond them

  int64_t panels() const { return panels_of(shape.outputs); }
  int64_t pixels() const { return shape.height * shape.width; }
  int64_t values_apart() const { return apart(shape.channels * room); }
  int64_t gradients_apart() const { return apart(panels() * room * kPanel); }
  int64_t sums_apart() const { return apart(panels() * shape.channels * kPanel); }

  /// values: [kPoints][C, room].
  void fill_values(const Chunk& chunk, float* values) const {
    parallel_for(0, shape.channels, 1, [&](int64_t begin, int64_t end) {
      const Floats scratch = scratch_of(shape, chunk);
      for (int64_t channel = begin; channel < end; channel++) {
        const ChannelValues to{values + channel * room, values_apart(), kPanel};
        chunk.for_rows(shape, [&](int64_t image, const TileRow& row, int64_t place) {
          const float* plane = input + (image * shape.channels + channel) * pixels();
          values_of_row(plane, shape.height, shape.width, row, scratch.get(), to, place);
        });
      }
    });
  }

  /// gradients: [kPoints][panels of O, room, kPanel].
  void fill_gradients(const Chunk& chunk, float* gradients) const {
    const int64_t tiles = chunk.to - chunk.from;
    parallel_for(0, panels() * tiles, 8, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; i++) {
        const int64_t panel = i / tiles, place = i % tiles, tile = chunk.from + place, row = tile / shape.tiles_across();
        const int64_t image = row / shape.rows_of_image();
        const float* from = turned + (panel * shape.batch + image) * pixels() * kPanel;
        const int64_t columns = std::min(kPanel, shape.outputs - panel * kPanel);
        for (int64_t lane = 0; lane < columns; lane += kLanes) {
          gradients_of_tile(
              from + lane, row % shape.rows_of_image() * kTile, tile % shape.tiles_across() * kTile,
              gradients + (panel * room + place) * kPanel + lane);
        }
      }
    });
  }

  /// A vector of outputs at one tile: from their pixels, which lie kPanel apart.
  DRCNN_INLINE void gradients_of_tile(const float* from, int64_t top, int64_t left, float* to) const {
    Lanes across[kTile][kPatch];
    DRCNN_UNROLLED
    for (int64_t y = 0; y < kTile; y++) {
      Lanes g[kTile] = {};
      for (int64_t x = 0; x < kTile; x++) {
        if (top + y < shape.height && left + x < shape.width) load(from + ((top + y) * shape.width + left + x) * kPanel, g[x]);
      }
      gradient_values(g, across[y]);
    }
    DRCNN_UNROLLED
    for (int64_t j = 0; j < kPatch; j++) {
      const Lanes column[kTile] = {across[0][j], across[1][j], across[2][j], across[3][j]};
      Lanes m[kPatch];
      gradient_values(column, m);
      DRCNN_UNROLLED
      for (int64_t i = 0; i < kPatch; i++) store(m[i], to + (i * kPatch + j) * gradients_apart());
    }
  }

  /// sums [kPoints][panels of O, C, kPanel] of a chunk, or added to those before.
  void multiply(const Chunk& chunk, const float* values, const float* gradients, float* sums) const {
    const int64_t blocks = divided(shape.channels, kGradientRows);
    share_tasks(kPoints * panels() * blocks, [&](TaskQueue& queue) {
      queue.each([&](int64_t task) {
        const int64_t point = task / (panels() * blocks), panel = task / blocks % panels(), row = task % blocks * kGradientRows;
        Product{
            values + point * values_apart() + row * room, room, std::min(kGradientRows, shape.channels - row), chunk.to - chunk.from,
            gradients + point * gradients_apart() + panel * room * kPanel, std::min(kPanel, shape.outputs - panel * kPanel),
            sums + point * sums_apart() + (panel * shape.channels + row) * kPanel, kPanel, chunk.from > 0}
            .run();
      });
    });
  }

  /// The sums at the points -> grad_weight [O, C, 3, 3].
  void fill_taps(const float* sums, float* grad_weight) const {
    parallel_for(0, panels() * shape.channels, 16, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; i++) {
        const int64_t panel = i / shape.channels, channel = i % shape.channels;
        const int64_t columns = std::min(kPanel, shape.outputs - panel * kPanel);
        for (int64_t lane = 0; lane < columns; lane += kOctet) {
          float* to = grad_weight + ((panel * kPanel + lane) * shape.channels + channel) * 9;
          taps_of_octet(sums + i * kPanel + lane, std::min(kOctet, columns - lane), to);
        }
      }
    });
  }

  DRCNN_INLINE void taps_of_octet(const float* sums, int64_t count, float* to) const {
    constexpr int64_t kSide = 3;
    typedef double Wide __attribute__((vector_size(8 * kOctet)));
    Wide down[kSide][kPatch];
    DRCNN_UNROLLED
    for (int64_t j = 0; j < kPatch; j++) {
      Wide u[kPatch], g[kSide];
      DRCNN_UNROLLED
      for (int64_t i = 0; i < kPatch; i++) {
        Octet sum;
        load(sums + (i * kPatch + j) * sums_apart(), sum);
        u[i] = __builtin_convertvector(sum, Wide);
      }
      taps_of(u, g);
      DRCNN_UNROLLED
      for (int64_t i = 0; i < kSide; i++) down[i][j] = g[i];
    }
    DRCNN_UNROLLED
    for (int64_t i = 0; i < kSide; i++) {
      Wide g[kSide];
      taps_of(down[i], g);
      DRCNN_UNROLLED
      for (int64_t j = 0; j < kSide; j++) {
        for (int64_t lane = 0; lane < count; lane++) {
          to[lane * shape.channels * kSide * kSide + i * kSide + j] = static_cast<float>(g[j][lane]);
        }
      }
    }
  }
};

inline void winograd_weight_gradient(const TiledShape& shape, const float* input, const float* grad, float* grad_weight) {
  const Floats turned = packed_gradient(grad, shape.batch, shape.outputs, shape.height * shape.width);
  const int64_t step = std::min(kGradientTiles, shape.tiles());
  const WinogradGradient all{shape, input, turned.get(), (step + kOctet - 1) / kOctet * kOctet + kOctet};
  const Floats values(kPoints * all.values_apart()), gradients(kPoints * all.gradients_apart());
  const Floats sums(kPoints * all.sums_apart());
  for (int64_t from = 0; from < shape.tiles(); from += step) {
    const Chunk chunk{from, std::min(from + step, shape.tiles())};
    all.fill_values(chunk, values.get());
    all.fill_gradients(chunk, gradients.get());
    all.multiply(chunk, values.get(), gradients.get(), sums.get());
  }
  all.fill_taps(sums.get(), grad_weight);
}

}  // namespace drcnn::conv::DRCNN_VERSION
