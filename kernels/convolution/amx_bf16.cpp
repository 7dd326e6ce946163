// The product of blocks of bfloat16 by AMX: a left and a right tile are multiplied by one instruction, 8,192 products of pairs.
#include "product_bf16.h"

#if DRCNN_X86 && defined(__linux__)
#include <immintrin.h>

#pragma GCC target("avx512f,amx-tile,amx-bf16")

namespace drcnn::conv::bf16::amx {
namespace {

/// Sums in tiles 0 to 3, left blocks in 4 and 5, right ones in 6 and 7.
template <bool kTwoLeft, bool kTwoRight>
void multiply_tiles(const BlockProduct& p) {
  const int64_t row = 4 * p.stride;
  float* const low = p.sums + 16 * p.stride;
  if (p.adds) {
    _tile_loadd(0, p.sums, row);
    if constexpr (kTwoRight) _tile_loadd(1, p.sums + 16, row);
    if constexpr (kTwoLeft) _tile_loadd(2, low, row);
    if constexpr (kTwoLeft && kTwoRight) _tile_loadd(3, low + 16, row);
  } else {
    _tile_zero(0);
    if constexpr (kTwoRight) _tile_zero(1);
    if constexpr (kTwoLeft) _tile_zero(2);
    if constexpr (kTwoLeft && kTwoRight) _tile_zero(3);
  }
  const uint32_t *left = p.left.data, *right = p.right.data;
  for (int64_t b = 0; b < p.blocks; b++, left += kBlock, right += kBlock) {
    _tile_loadd(4, left, 64);
    _tile_loadd(6, right, 64);
    _tile_dpbf16ps(0, 4, 6);
    if constexpr (kTwoRight) {
      _tile_loadd(7, right + p.right.tile, 64);
      _tile_dpbf16ps(1, 4, 7);
    }
    if constexpr (kTwoLeft) {
      _tile_loadd(5, left + p.left.tile, 64);
      _tile_dpbf16ps(2, 5, 6);
      if constexpr (kTwoRight) _tile_dpbf16ps(3, 5, 7);
    }
  }
  _tile_stored(0, p.sums, row);
  if constexpr (kTwoRight) _tile_stored(1, p.sums + 16, row);
  if constexpr (kTwoLeft) _tile_stored(2, low, row);
  if constexpr (kTwoLeft && kTwoRight) _tile_stored(3, low + 16, row);
}

struct alignas(64) Layout {
  uint8_t palette = 1, start = 0, reserved[14] = {};
  uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
static_assert(sizeof(Layout) == 64, "what ldtilecfg reads");

// Functions of their own: the class was declared before the instruction set was chosen.
void ready(void* before) {
  static const Layout layout;
  _tile_storeconfig(before);
  _tile_loadconfig(&layout);
}

void leave(const unsigned char* before) {
  if (*before != 0) {
    _tile_loadconfig(before);
  } else {
    _tile_release();
  }
}

}  // namespace

Tiles::Tiles(bool used) : used_(used) {
  if (used_) ready(before_);
}

Tiles::~Tiles() {
  if (used_) leave(before_);
}

void multiply(const BlockProduct& p) {
  if (p.left_tiles == 2) return p.right_tiles == 2 ? multiply_tiles<true, true>(p) : multiply_tiles<true, false>(p);
  p.right_tiles == 2 ? multiply_tiles<false, true>(p) : multiply_tiles<false, false>(p);
}

}  // namespace drcnn::conv::bf16::amx
#else
namespace drcnn::conv::bf16::amx {
Tiles::Tiles(bool used) : used_(used) {}
Tiles::~Tiles() = default;
void multiply(const BlockProduct&) {}
}  // namespace drcnn::conv::bf16::amx
#endif
