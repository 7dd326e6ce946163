// The product under all bfloat16 forms: blocks of two left tiles of 16 rows times two right tiles of 16 columns, summed in float32. Which
// instructions sum them is chosen at run time: AMX's tiles, AVX-512's dot products of pairs, or float32 arithmetic on the widened numbers.
#pragma once

#include <cstdint>

#include "isa.h"

namespace drcnn::conv::bf16 {

constexpr int64_t kBlock = 256;  ///< numbers of 32 bits, each a pair

/// Blocks of several tiles: those of a tile follow each other.
struct BlockView {
  const uint32_t* data;
  int64_t tile;  ///< between tiles
};

/// sums [16 rows, 16 columns], rows `stride` apart, of 1 or 2 tiles either way, = or += the product of `blocks` blocks.
struct BlockProduct {
  BlockView left, right;
  int64_t blocks, left_tiles, right_tiles;
  float* sums;
  int64_t stride;
  bool adds;
};

using MultiplyBlocks = void (*)(const BlockProduct& product);

namespace amx {

/// Readies the calling thread's tiles, and leaves them as they were before: libtorch's own products keep theirs.
class Tiles {
 public:
  explicit Tiles(bool used);
  ~Tiles();
  Tiles(const Tiles&) = delete;
  Tiles& operator=(const Tiles&) = delete;

 private:
  const bool used_;
  alignas(64) unsigned char before_[64];
};

void multiply(const BlockProduct& product);

}  // namespace amx

/// Rounded up.
constexpr int64_t divided(int64_t count, int64_t by) { return count == 0 ? 0 : (count - 1) / by + 1; }

}  // namespace drcnn::conv::bf16
