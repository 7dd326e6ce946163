// A product of bfloat16 in parts, which threads take in turn: of some rows and columns, the inner dimension a chunk at a time, so that what
// is packed and summed stays in the second-level cache. What a sum adds, in which order, depends on the inner dimension alone.
#pragma once

#include "blocks_bf16.h"
#include "task_queue.h"

namespace drcnn::conv::bf16::pairs {

constexpr int64_t kChunk = 16;      ///< blocks that are summed apart
constexpr int64_t kPartTiles = 16;  ///< of a part at most, either way
constexpr int64_t kTasksOfThread = 4;

struct Part {
  int64_t row_tile, row_tiles, column_tile, column_tiles, blocks;
};

void multiply(const BlockProduct& product);

/// A thread's working memory.
struct Space {
  const MultiplyBlocks multiply;
  const amx::Tiles tiles;
  Blocks left = new_blocks(kPartTiles * kChunk), right = new_blocks(kPartTiles * kChunk);
  std::unique_ptr<float[]> sums{new float[256 * kPartTiles * kPartTiles + 16]};

  explicit Space(bool by_tiles) : multiply(by_tiles ? amx::multiply : pairs::multiply), tiles(by_tiles) {}
};

/// Calls done(row, column, sums, stride) for every 32 rows and 32 columns of a part.
template <typename Left, typename Right, typename Done>
DRCNN_INLINE void run_part(Space& space, const Part& part, const Left& left, const Right& right, const Done& done) {
  const int64_t stride = 16 * kPartTiles;
  for (int64_t first = 0; first == 0 || first < part.blocks; first += kChunk) {
    const int64_t count = std::min(kChunk, part.blocks - first);
    const BlockView rows = left.view(part.row_tile, part.row_tiles, first, count, space.left.get());
    const BlockView columns = right.view(part.column_tile, part.column_tiles, first, count, space.right.get());
    for (int64_t i = 0; i < part.row_tiles; i += 2) {
      for (int64_t j = 0; j < part.column_tiles; j += 2) {
        float* sums = space.sums.get() + 16 * (i * stride + j);
        space.multiply(
            {{rows.data + i * rows.tile, rows.tile}, {columns.data + j * columns.tile, columns.tile}, count,
             std::min<int64_t>(2, part.row_tiles - i), std::min<int64_t>(2, part.column_tiles - j), sums, stride, first > 0});
        if (first + kChunk >= part.blocks) done(16 * (part.row_tile + i), 16 * (part.column_tile + j), sums, stride);
      }
    }
  }
}

/// Calls work(space, item, part) for all parts of `items` products of so many tiles.
template <typename Work>
void share_parts(bool by_tiles, int64_t items, int64_t row_tiles, int64_t column_tiles, int64_t blocks, const Work& work) {
  int64_t rows = kPartTiles, columns = kPartTiles;
  const auto parts = [&] { return items * divided(row_tiles, rows) * divided(column_tiles, columns); };
  while (parts() < kTasksOfThread * thread_count() && std::max(std::min(rows, row_tiles), std::min(columns, column_tiles)) > 2) {
    (std::min(rows, row_tiles) > std::min(columns, column_tiles) ? rows : columns) /= 2;
  }
  const int64_t across = divided(column_tiles, columns), down = divided(row_tiles, rows);
  share_tasks(items * down * across, [&](TaskQueue& queue) {
    Space space(by_tiles);
    queue.each([&](int64_t task) {
      const int64_t row = task / across % down * rows, column = task % across * columns;
      work(space, task / across / down, Part{row, std::min(rows, row_tiles - row), column, std::min(columns, column_tiles - column), blocks});
    });
  });
}

}  // namespace drcnn::conv::bf16::pairs
