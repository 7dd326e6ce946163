// A convolution as one matrix product: weight [O, C T] times what each pixel sees, [C T, pixels]. A task packs a group of pixels and
// multiplies them with a part of the outputs; what a task sums does not depend on how many tasks there are.
#pragma once

#include "finish.h"
#include "planes.h"
#include "threads.h"

namespace drcnn::conv::DRCNN_VERSION {

constexpr int64_t kGroup = 192;             ///< pixels of a task at most, whole panels
constexpr int64_t kGroupFloats = 96 * 1024;  ///< of its packed pixels, which stay in the second-level cache
constexpr int64_t kOutputBlock = 16 * kRows;
constexpr int64_t kOutputPart = 4 * kOutputBlock;  ///< outputs of a task at most
constexpr int64_t kTasksOfThread = 4;              ///< so many at least, where the outputs can be divided

/// Where results go: pixel (r, c) of channel p of image n at data[n * image + p * plane + first + r * row + c * column].
struct Place {
  float* data;
  int64_t image, plane, first, row, column;
};

/// The product of a weight with the pixels of a grid, rows x columns of each image.
struct Gather {
  const Planes& planes;
  const Weight& weight;     ///< its taps' places are those of the planes
  const int64_t* taps;      ///< where each tap lies in the planes
  const float* left;        ///< the packed weight
  int64_t batch, rows, columns;
  const Finish& finish;
  Place to;

  int64_t pixels() const { return rows * columns; }

  /// Whether a result's place is its pixel's number.
  bool writes_flat() const { return to.column == 1 && to.row == columns; }
};

/// Where the pixels [first, first + count) of a group are read, a vector at a time: as runs of neighbours, of which a vector of a narrow
/// map has several, or one by one.
struct Places {
  static constexpr int64_t kMostRuns = 3;

  int32_t place[kGroup];
  int32_t run[kGroup / kLanes][kMostRuns];          ///< a run's place, less the lanes before it
  LaneMask follows[kGroup / kLanes][kMostRuns];     ///< the lanes from a run's first on
  int8_t runs[kGroup / kLanes];                     ///< 0: too many

  Places(const Gather& gather, int64_t first, int64_t count) {
    const int64_t whole = divided(count, kLanes) * kLanes;
    for (int64_t i = 0; i < count; i++) {
      const int64_t pixel = first + i;
      place[i] = static_cast<int32_t>(pixel / gather.columns * gather.planes.row + pixel % gather.columns);
    }
    // Lanes without a pixel read what is there: what follows the last pixel's, where that is ours to read, or the first pixel's.
    const bool beyond = gather.planes.owned.get() != nullptr;
    for (int64_t i = count; i < whole; i++) place[i] = beyond ? place[i - 1] + 1 : place[0];
    for (int64_t v = 0; v < whole / kLanes; v++) find_runs(v, beyond ? kMostRuns : 1);
  }

  void find_runs(int64_t v, int64_t most) {
    const int32_t* here = place + v * kLanes;
    int64_t found = 0;
    for (int64_t lane = 0; lane < kLanes; lane++) {
      if (lane > 0 && here[lane] == here[lane - 1] + 1) continue;
      if (found == most) {
        runs[v] = 0;
        return;
      }
      run[v][found] = here[lane] - static_cast<int32_t>(lane);
      for (int64_t i = 0; i < kLanes; i++) follows[v][found][i] = i >= lane ? -1 : 0;
      found++;
    }
    runs[v] = static_cast<int8_t>(found);
  }

  /// The vector's pixels of one plane and tap.
  template <int64_t kRuns>
  DRCNN_INLINE Lanes read(const float* base, int64_t v) const {
    Lanes values;
    load(base + run[v][0], values);
    for (int64_t r = 1; r < kRuns; r++) {
      Lanes more;
      load(base + run[v][r], more);
      values = follows[v][r] ? more : values;
    }
    return values;
  }
};

/// What channels [from, to) are at the pixels of a group -> panels [(to - from) taps, kPanel].
struct PackPixels {
  const Gather& gather;
  const Places& places;
  int64_t image, from, to;
  float* packed;

  void run(int64_t count) const {
    for (int64_t v = 0; v < divided(count, kLanes); v++) {
      switch (places.runs[v]) {
        case 1: vector<1>(v); break;
        case 2: vector<2>(v); break;
        case 3: vector<3>(v); break;
        default: vector<0>(v); break;
      }
    }
  }

  template <int64_t kRuns>
  void vector(int64_t v) const {
    const int64_t taps = gather.weight.taps, inner = (to - from) * taps, column = v * kLanes;
    float* __restrict panel = packed + column / kPanel * inner * kPanel + column % kPanel;
    const float* plane = gather.planes.data + image * gather.planes.image + from * gather.planes.plane;
    for (int64_t c = from; c < to; c++, plane += gather.planes.plane) {
      for (int64_t t = 0; t < taps; t++, panel += kPanel) {
        const float* base = plane + gather.taps[t];
        if constexpr (kRuns > 0) {
          store(places.read<kRuns>(base, v), panel);
        } else {
          for (int64_t i = 0; i < kLanes; i++) panel[i] = base[places.place[column + i]];
        }
      }
    }
  }
};

/// Finished outputs of rows `output` ... at `count` pixels from `pixel` on, from sums whose rows are `stride` apart.
inline void put_outputs(
    const Gather& gather, int64_t image, int64_t output, int64_t outputs, int64_t pixel, int64_t count, const float* sums,
    int64_t stride) {
  for (int64_t o = output; o < output + outputs; o++, sums += stride) {
    const int64_t plane = image * gather.to.image + o * gather.to.plane + gather.to.first;
    float* to = gather.to.data + plane;
    if (gather.writes_flat()) {
      const float* residual = gather.finish.residual == nullptr ? nullptr : gather.finish.residual + plane + pixel;
      finish_row(sums, count, gather.finish.of(o), residual, to + pixel);
    } else {  // the gradient of a map behind a stride: nothing to finish
      for (int64_t i = 0; i < count;) {
        const int64_t r = (pixel + i) / gather.columns, c = (pixel + i) % gather.columns;
        const int64_t here = std::min(gather.columns - c, count - i), step = gather.to.column;
        float* row = to + r * gather.to.row + c * step;
        for (int64_t x = 0; x < here; x++) row[x * step] = sums[i + x];
        i += here;
      }
    }
  }
}

/// A part of a product's inner dimension for one group of pixels and one block of outputs.
struct GatherBlock {
  const Gather& gather;
  int64_t image, output, outputs, pixel, count;
  const float* right;        ///< packed channels
  int64_t from, to, inner;   ///< inner values [from, to) of all `inner` of the left side
  float* sums;               ///< [outputs, stride]
  int64_t stride;

  struct Panel {
    const GatherBlock& all;
    int64_t begin, block, column;

    template <int64_t kV>
    DRCNN_INLINE void run() const {
      const Gather& gather = all.gather;
      const int64_t whole = gather.weight.inner();
      const float* right = all.right + column * all.inner + (begin - all.from) * kPanel;
      const bool first = begin == 0, last = begin + block == whole;
      const int64_t here = std::min(kV * kLanes, all.count - column);
      for (int64_t row = 0; row < all.outputs; row += kRows) {
        const int64_t rows = std::min(kRows, all.outputs - row);
        float* sums = all.sums + row * all.stride + column;
        Tile<kV> tile;
        tile.add(block, packed_values(gather.left + (all.output + row) * whole + begin * kRows), right);
        if (!first) tile.add_from(sums, all.stride, rows);
        if (!last || !gather.writes_flat() || here < kV * kLanes) {
          tile.put(sums, all.stride, rows);
          if (last) {
            put_outputs(
                gather, all.image, all.output + row, rows, all.pixel + column, here, sums, all.stride);
          }
          continue;
        }
        const int64_t plane = all.image * gather.to.image + (all.output + row) * gather.to.plane + all.pixel + column;
        finish_tile(tile, gather.finish, all.output + row, rows, gather.to.plane, plane, gather.to.data);
      }
    }
  };

  /// Whole vectors from the registers to the outputs.
  template <int64_t kV>
  DRCNN_INLINE static void finish_tile(
      const Tile<kV>& tile, const Finish& finish, int64_t output, int64_t rows, int64_t plane, int64_t place, float* data) {
    DRCNN_UNROLLED
    for (int64_t i = 0; i < kRows; i++) {
      if (i >= rows) break;
      const Finish::Output of = finish.of(output + i);
      DRCNN_UNROLLED
      for (int64_t j = 0; j < kV; j++) {
        const int64_t here = place + i * plane + j * kLanes;
        Lanes value = tile.sum[i][j] * of.scale + of.bias;
        if (finish.residual != nullptr) {
          Lanes more;
          load(finish.residual + here, more);
          value += more;
        }
        if (of.relu) value = value < 0.f ? Lanes{} : value;
        store(value, data + here);
      }
    }
  }

  DRCNN_INLINE void run() const {
    for (int64_t begin = from; begin < to; begin += kInnerBlock) {
      const int64_t block = std::min(kInnerBlock, to - begin);
      for (int64_t column = 0; column < count; column += kPanel) {
        for_vectors(count - column, Panel{*this, begin, block, column});
      }
    }
  }
};

/// All of it. The packed channels are so few at a time that they stay in the cache.
inline void run(const Gather& gather) {
  const int64_t taps = gather.weight.taps, channels = gather.weight.channels, outputs = gather.weight.outputs;
  const int64_t size = std::min(kGroup, panels_of(gather.pixels()) * kPanel);
  const int64_t chunk = std::min(channels, std::max<int64_t>(kGroupFloats / size / taps, 1));
  const int64_t groups = divided(gather.pixels(), size), all_groups = gather.batch * groups;
  const int64_t wanted = std::min(divided(kTasksOfThread * thread_count(), all_groups), divided(outputs, kOutputBlock));
  const int64_t parts = std::max(wanted, divided(outputs, kOutputPart));
  const int64_t part = divided(divided(outputs, parts), kRows) * kRows;
  share_tasks(all_groups * parts, [&](TaskQueue& queue) {
    const Floats packed(chunk * taps * size), sums(part * size);
    int64_t group_at_hand = -1;
    queue.each([&](int64_t task) {
      const int64_t group = task / parts, image = group / groups, first = group % groups * size;
      const int64_t count = std::min(size, gather.pixels() - first);
      const int64_t begin = task % parts * part, end = std::min(begin + part, outputs);
      if (begin >= end) return;
      const Places places(gather, first, count);
      for (int64_t channel = 0; channel < channels; channel += chunk) {
        const int64_t stop = std::min(channel + chunk, channels);
        if (group != group_at_hand || chunk < channels) {
          PackPixels{gather, places, image, channel, stop, packed.get()}.run(count);
          group_at_hand = group;
        }
        for (int64_t o = begin; o < end; o += kOutputBlock) {
          GatherBlock{gather, image, o, std::min(kOutputBlock, end - o), first, count, packed.get(), channel * taps, stop * taps,
                      (stop - channel) * taps, sums.get() + (o - begin) * size, size}
              .run();
        }
      }
    });
  });
}

/// The whole weight as a left side.
inline Floats packed_weight(const Weight& weight) {
  Floats packed(row_blocks_of(weight.outputs) * kRows * weight.inner());
  parallel_for(0, row_blocks_of(weight.outputs), std::max<int64_t>(8192 / (kRows * weight.inner()), 1), [&](int64_t begin, int64_t end) {
    pack_weight(weight, begin, end, packed.get());
  });
  return packed;
}

}  // namespace drcnn::conv::DRCNN_VERSION
