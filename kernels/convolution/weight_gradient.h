// The gradient of the weights: for each channel and tap what the pixels see, [C T, pixels], times the outputs' gradients, [pixels, O],
// summed over the pixels of all images. The maps are read as they lie in their planes; the gradients are packed, and turned for it.
#pragma once

#include "planes.h"
#include "threads.h"

namespace drcnn::conv::DRCNN_VERSION {

/// Up to kWidth rows of a matrix, `stride` apart, `columns` of each -> [columns, kWidth], 0 where there is no row.
template <int64_t kWidth>
inline void pack_turned(const float* from, int64_t stride, int64_t rows, int64_t columns, float* __restrict packed) {
  for (int64_t row = 0; row < kWidth; row += kOctet) {
    const int64_t here = std::clamp<int64_t>(rows - row, 0, kOctet), width = std::min(kOctet, kWidth - row);
    int64_t column = 0;
    for (; column + kOctet <= columns; column += kOctet) {
      Octet block[kOctet] = {};
      DRCNN_UNROLLED
      for (int64_t i = 0; i < kOctet; i++) {
        if (i < here) load(from + (row + i) * stride + column, block[i]);
      }
      turn(block);
      DRCNN_UNROLLED
      for (int64_t i = 0; i < kOctet; i++) {
        if (width == kOctet) {
          store(block[i], packed + (column + i) * kWidth + row);
        } else {
          std::memcpy(packed + (column + i) * kWidth + row, &block[i], sizeof(float) * std::min(kOctet, kWidth));
        }
      }
    }
    for (; column < columns; column++) {
      for (int64_t i = 0; i < width; i++) packed[column * kWidth + row + i] = i < here ? from[(row + i) * stride + column] : 0.f;
    }
  }
}

/// The sums of a product [C T, pixels] x [pixels, O]. Pixels come in runs: `lines` of them an image, `length` floats each.
struct WeightGradient {
  const Planes& planes;
  const int64_t* taps;
  const float* packed;  ///< [panels of O][N lines length, kPanel]
  int64_t tap_count, batch, lines, length, channels, outputs;
  float* grad_weight;  ///< [O, C T]

  int64_t inner() const { return batch * lines * length; }
  int64_t rows() const { return channels * tap_count; }
};

constexpr int64_t kWeightRows = 12 * kRows;  ///< of a task

/// Rows [row, row + rows) times one panel. What is read of the panel at a time stays in the first-level cache while the rows pass.
struct WeightRows {
  const WeightGradient& all;
  int64_t row, rows, panel;
  float* sums;  ///< [kWeightRows, kPanel]

  template <int64_t kV>
  DRCNN_INLINE void run() const {
    const int64_t runs = std::max<int64_t>(kInnerBlock / all.length, 1), count = all.batch * all.lines;
    for (int64_t run = 0; run < count; run += runs) {
      for (int64_t from = 0; from < all.length; from += kInnerBlock) {
        for (int64_t block = 0; block < rows; block += kRows) {
          add_block<kV>(block, run, std::min(run + runs, count), from, run + from > 0);
        }
      }
    }
  }

  /// Runs [run, end), in each at most kInnerBlock pixels from `from` on.
  template <int64_t kV>
  DRCNN_INLINE void add_block(int64_t block, int64_t run, int64_t end, int64_t from, bool add) const {
    const float* left[kRows];  // rows past the end read the last one again
    DRCNN_UNROLLED
    for (int64_t i = 0; i < kRows; i++) {
      const int64_t r = std::min(row + block + i, all.rows() - 1);
      left[i] = all.planes.data + r / all.tap_count * all.planes.plane + all.taps[r % all.tap_count];
    }
    Tile<kV> tile;
    for (; run < end; run++) {
      const int64_t place = run / all.lines * all.planes.image + run % all.lines * all.planes.row + from;
      tile.add(
          std::min(kInnerBlock, all.length - from),
          [&](int64_t i, int64_t k) __attribute__((always_inline)) { return left[i][place + k]; },
          all.packed + ((panel * all.batch * all.lines + run) * all.length + from) * kPanel);
    }
    float* to = sums + block * kPanel;
    if (add) tile.add_from(to, kPanel, kRows);
    tile.put(to, kPanel, kRows);
  }
};

inline void run(const WeightGradient& all) {
  const int64_t blocks = divided(all.rows(), kWeightRows), panels = panels_of(all.outputs);
  share_tasks(blocks * panels, [&](TaskQueue& queue) {
    const Floats sums(kWeightRows * kPanel);
    queue.each([&](int64_t task) {
      const int64_t panel = task / blocks, row = task % blocks * kWeightRows;
      const int64_t columns = std::min(kPanel, all.outputs - panel * kPanel), rows = std::min(kWeightRows, all.rows() - row);
      for_vectors(columns, WeightRows{all, row, rows, panel, sums.get()});
      for (int64_t o = 0; o < columns; o++) {
        float* to = all.grad_weight + (panel * kPanel + o) * all.rows() + row;
        for (int64_t i = 0; i < rows; i++) to[i] = sums[i * kPanel + o];
      }
    });
  });
}

/// grad [N, O, pixels] -> panels of O, [N pixels, kPanel] each.
inline Floats packed_gradient(const float* grad, int64_t batch, int64_t outputs, int64_t pixels) {
  const int64_t panels = panels_of(outputs);
  Floats packed(panels * batch * pixels * kPanel);
  constexpr int64_t kPart = 512;
  const int64_t parts = divided(pixels, kPart);
  parallel_for(0, panels * batch * parts, 1, [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; task++) {
      const int64_t panel = task / (batch * parts), n = task / parts % batch, first = task % parts * kPart;
      pack_turned<kPanel>(
          grad + (n * outputs + panel * kPanel) * pixels + first, pixels, outputs - panel * kPanel,
          std::min(kPart, pixels - first), packed.get() + ((panel * batch + n) * pixels + first) * kPanel);
    }
  });
  return packed;
}

}  // namespace drcnn::conv::DRCNN_VERSION
