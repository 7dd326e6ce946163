// The product [M, K] x [K, N] of two matrices as they lie: linear layers, and the gradients of 1x1 weights. A stretch of the inner dimension
// at a time both sides are packed once, for all threads, and multiplied in blocks of results. The same bits for any number of threads: a
// result adds the same blocks of products in the same order, whoever does it.
#pragma once

#include "threads.h"
#include "weight_gradient.h"

namespace drcnn::conv::DRCNN_VERSION {

constexpr int64_t kStretchFloats = int64_t{4} << 20;  ///< of both packed sides
constexpr int64_t kMatrixRows = 16 * kRows;           ///< of a task at most
constexpr int64_t kMatrixPanels = 8;                  ///< likewise
constexpr int64_t kMatrixTasks = 8;                   ///< so many for each thread, where there are such blocks

/// Whether both sides are used often enough for their packing (measured with AVX2 and AVX-512).
constexpr bool packing_repays(int64_t rows, int64_t columns) { return rows >= 512 && columns >= 128; }

/// Rows of the left side, or columns of the right one: value k of number i is data[i * across + k / length * part + k % length * along].
/// `across` or `along` is 1.
struct Side {
  const float* data;
  int64_t count, across, along, length, part;

  /// kWidth numbers from `first` on, values [from, to) of each -> [to - from, kWidth], 0 where there is no such number.
  template <int64_t kWidth>
  void pack(int64_t first, int64_t from, int64_t to, float* __restrict packed) const {
    const int64_t here = std::min(kWidth, count - first);
    for (int64_t k = from; k < to;) {
      const int64_t run = std::min(to - k, length - k % length);
      const float* source = data + first * across + k / length * part + k % length * along;
      if (along == 1) {
        pack_turned<kWidth>(source, across, here, run, packed);
      } else {
        for (int64_t i = 0; i < run; i++, source += along) {
          if (here == kWidth) {
            std::memcpy(packed + i * kWidth, source, sizeof(float) * kWidth);
          } else {
            for (int64_t j = 0; j < kWidth; j++) packed[i * kWidth + j] = j < here ? source[j] : 0.f;
          }
        }
      }
      packed += run * kWidth;
      k += run;
    }
  }
};

/// result [M, N] = left [M, K] * right [K, N].
struct MatrixProduct {
  Side left, right;
  int64_t inner;
  float* result;

  /// Products that are summed apart: at most those of one part.
  int64_t block() const { return std::min(kInnerBlock, left.length); }

  /// What is packed of the inner values [from, to): blocks of kRows rows and panels of columns.
  struct Stretch {
    const MatrixProduct& all;
    int64_t from, to;
    float *left, *right;

    int64_t length() const { return to - from; }

    void pack() const {
      const int64_t blocks = row_blocks_of(all.left.count), panels = panels_of(all.right.count);
      share_tasks(blocks + panels, [&](TaskQueue& queue) {
        queue.each([&](int64_t task) {
          if (task < panels) {
            all.right.pack<kPanel>(task * kPanel, from, to, right + task * kPanel * length());
          } else {
            all.left.pack<kRows>((task - panels) * kRows, from, to, left + (task - panels) * kRows * length());
          }
        });
      });
    }

    /// Results of rows [row, last) and panels [panel, end).
    void multiply(int64_t row, int64_t last, int64_t panel, int64_t end) const {
      for (int64_t begin = 0; begin < length(); begin += all.block()) {
        for (int64_t p = panel; p < end; p++) {
          for_vectors(all.right.count - p * kPanel, Panel{*this, begin, row, last, p * kPanel});
        }
      }
    }
  };

  struct Panel {
    const Stretch& stretch;
    int64_t begin, first, last, column;

    template <int64_t kV>
    DRCNN_INLINE void run() const {
      const MatrixProduct& all = stretch.all;
      const int64_t length = stretch.length(), block = std::min(all.block(), length - begin), stride = all.right.count;
      const float* right = stretch.right + column * length + begin * kPanel;
      const int64_t columns = std::min(kV * kLanes, stride - column);
      const bool adds = stretch.from + begin > 0;
      for (int64_t row = first; row < last; row += kRows) {
        Tile<kV> tile;
        tile.add(block, packed_values(stretch.left + row * length + begin * kRows), right);
        const int64_t rows = std::min(kRows, last - row);
        float* to = all.result + row * stride + column;
        if (columns == kV * kLanes) {
          if (adds) tile.add_from(to, stride, rows);
          tile.put(to, stride, rows);
        } else {  // the last vector reaches beyond the row
          float sums[kRows * kPanel];
          tile.put(sums, kPanel, rows);
          for (int64_t i = 0; i < rows; i++) {
            for (int64_t j = 0; j < columns; j++) to[i * stride + j] = (adds ? to[i * stride + j] : 0.f) + sums[i * kPanel + j];
          }
        }
      }
    }
  };

  void run() const {
    const int64_t blocks = row_blocks_of(left.count), panels = panels_of(right.count), width = blocks * kRows + panels * kPanel;
    const int64_t most = std::max<int64_t>(kStretchFloats / width / block(), 1) * block(), step = std::min(most, inner);
    const Floats packed_left(blocks * kRows * step), packed_right(panels * kPanel * step);
    // As large as leaves each thread some blocks.
    int64_t rows = kMatrixRows, wide = kMatrixPanels;
    const auto tasks = [&] { return divided(left.count, rows) * divided(panels, wide); };
    while (tasks() < kMatrixTasks * thread_count() && wide > 1) wide /= 2;
    while (tasks() < kMatrixTasks * thread_count() && rows > 4 * kRows) rows /= 2;
    for (int64_t from = 0; from < inner; from += step) {
      const Stretch stretch{*this, from, std::min(from + step, inner), packed_left.get(), packed_right.get()};
      stretch.pack();
      share_tasks(tasks(), [&](TaskQueue& queue) {
        queue.each([&](int64_t task) {
          const int64_t across = divided(panels, wide), row = task / across * rows, panel = task % across * wide;
          stretch.multiply(row, std::min(row + rows, left.count), panel, std::min(panel + wide, panels));
        });
      });
    }
  }
};

}  // namespace drcnn::conv::DRCNN_VERSION
