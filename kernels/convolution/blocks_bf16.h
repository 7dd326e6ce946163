// Matrices of bfloat16 in blocks as the products read them: 16 rows of 16 pairs, a pair being two neighbours of the inner dimension in 32
// bits, the first in the lower half. A left block has 16 rows of the matrix and 32 inner values; a right block 16 pairs of inner values and
// 16 columns. So one is the other turned, and either is made of lines that run along the inner dimension or across it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>

#include "host.h"
#include "isa.h"
#include "product_bf16.h"

namespace drcnn::conv::bf16::pairs {

/// A row of a block, and what it is made of.
typedef uint32_t Pairs __attribute__((vector_size(64)));
typedef uint16_t Halves __attribute__((vector_size(32)));
typedef float Singles __attribute__((vector_size(64)));

/// Memory of blocks, not cleared.
struct FreeBlocks {
  void operator()(uint32_t* blocks) const { ::operator delete[](blocks, std::align_val_t{64}); }
};
using Blocks = std::unique_ptr<uint32_t[], FreeBlocks>;
inline Blocks new_blocks(int64_t count) { return Blocks(new (std::align_val_t{64}) uint32_t[count * kBlock]); }

template <typename Vector, typename T>
DRCNN_INLINE Vector whole(const T* from) {
  Vector vector;
  std::memcpy(&vector, from, sizeof vector);
  return vector;
}

DRCNN_INLINE __mmask16 first_lanes(int64_t count) { return static_cast<__mmask16>((1u << std::min<int64_t>(count, 16)) - 1); }

/// The first `count` numbers, 0 behind them; not a byte more is read.
DRCNN_INLINE Halves first_halves(const uint16_t* from, int64_t count) {
  return (Halves)_mm256_maskz_loadu_epi16(first_lanes(count), from);
}

DRCNN_INLINE Singles first_singles(const float* from, int64_t count) {
  return (Singles)_mm512_maskz_loadu_ps(first_lanes(count), from);
}

DRCNN_INLINE void put_halves(Halves halves, int64_t count, uint16_t* to) {
  _mm256_mask_storeu_epi16(to, first_lanes(count), (__m256i)halves);
}

DRCNN_INLINE Pairs widened(Halves halves) { return __builtin_convertvector(halves, Pairs); }
DRCNN_INLINE Singles singles_of(Halves halves) { return (Singles)(widened(halves) << 16); }

/// The bits of the nearest bfloat16, ties to even, in the upper half; the lower half is anything. NaN stays NaN.
DRCNN_INLINE Pairs rounded(Singles values) {
  const Pairs bits = (Pairs)values;
  return values != values ? Pairs{} + 0x7FC00000u : bits + 0x7FFFu + (bits >> 16 & 1u);
}
DRCNN_INLINE Halves halves_of(Singles values) { return __builtin_convertvector(rounded(values) >> 16, Halves); }

/// 16 values of a line, of which `count` are there; each `step` behind the one before.
DRCNN_INLINE Halves values_of(const uint16_t* from, int64_t count, int64_t) { return first_halves(from, count); }
DRCNN_INLINE Halves values_of(const float* from, int64_t count, int64_t step) {
  if (step == 1) return halves_of(first_singles(from, count));
  Singles values = {};
  for (int64_t i = 0; i < std::min<int64_t>(count, 16); i++) values[i] = from[i * step];
  return halves_of(values);
}

/// 16 rows of 16 pairs -> the columns.
DRCNN_INLINE void turn_block(Pairs (&rows)[16]) {
#define DRCNN_TURN(s, ...)                                                                       \
  for (int64_t i = 0; i < 16; i++) {                                                             \
    if (i & s) continue;                                                                         \
    const Pairs a = rows[i], b = rows[i + s];                                                    \
    rows[i] = __builtin_shufflevector(a, b, __VA_ARGS__);                                        \
    rows[i + s] = __builtin_shufflevector(b, a, DRCNN_TURN_##s);                                 \
  }
#define DRCNN_TURN_8 24, 25, 26, 27, 28, 29, 30, 31, 8, 9, 10, 11, 12, 13, 14, 15
#define DRCNN_TURN_4 20, 21, 22, 23, 4, 5, 6, 7, 28, 29, 30, 31, 12, 13, 14, 15
#define DRCNN_TURN_2 18, 19, 2, 3, 22, 23, 6, 7, 26, 27, 10, 11, 30, 31, 14, 15
#define DRCNN_TURN_1 17, 1, 19, 3, 21, 5, 23, 7, 25, 9, 27, 11, 29, 13, 31, 15
  _Pragma("GCC unroll 16") DRCNN_TURN(8, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
  _Pragma("GCC unroll 16") DRCNN_TURN(4, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27)
  _Pragma("GCC unroll 16") DRCNN_TURN(2, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
  _Pragma("GCC unroll 16") DRCNN_TURN(1, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30)
}

/// A matrix as lines: each a run of numbers in memory. They run along the inner dimension (then a line is a row of the left side, a column of the
/// right) or across it (then a line is an inner value).
template <typename T>
struct Lines {
  const T* data;
  int64_t count, length;
  bool along;
  int64_t stride;                  ///< between lines,
  const int64_t* place = nullptr;  ///< or where each begins
  int64_t step = 1;                ///< between the values of a line across
  int64_t image = 0;               ///< along: the inner dimension has several parts, so far apart,
  int64_t image_blocks = INT64_MAX;  ///< of so many blocks each

  const T* line(int64_t number) const { return data + (place == nullptr ? number * stride : place[number]); }

  int64_t width() const { return along ? count : length; }

  /// Calls work(tile, block) for so many of both, in the order in which a line's values follow each other.
  template <typename Work>
  void each(int64_t tiles, int64_t blocks, const Work& work) const {
    for (int64_t i = 0; i < tiles * blocks; i++) {
      along ? work(i / blocks, i % blocks) : work(i % tiles, i / tiles);
    }
  }

  /// The block of rows or columns [16 tile, 16 tile + 16) and inner values [32 block, 32 block + 32).
  DRCNN_INLINE void pack(int64_t tile, int64_t block, bool right, uint32_t* to) const {
    Pairs rows[16];
    if (along) {
      const int64_t from = block % image_blocks * 32, here = length - from;
      const int64_t first = tile * 16, lines = count - first, part = block / image_blocks * image;
      for (int64_t i = 0; i < 16; i++) {
        if (i < lines && here >= 32) {
          rows[i] = run_of(line(first + i) + part + from);
        } else {
          rows[i] = i < lines ? part_of(line(first + i) + part + from, here) : Pairs{};
        }
      }
    } else {
      const int64_t first = block * 32, lines = count - first, from = tile * 16, here = length - from;
      for (int64_t i = 0; i < 16; i++) {
        Halves low = {}, high = {};
        if (2 * i < lines) low = values_of(line(first + 2 * i) + from * step, here, step);
        if (2 * i + 1 < lines) high = values_of(line(first + 2 * i + 1) + from * step, here, step);
        rows[i] = widened(low) | widened(high) << 16;
      }
    }
    if (along == right) turn_block(rows);
    std::memcpy(to, rows, sizeof rows);
  }

  /// 32 values that follow each other.
  DRCNN_INLINE static Pairs run_of(const uint16_t* from) { return whole<Pairs>(from); }
  DRCNN_INLINE static Pairs run_of(const float* from) { return joined(halves_of(whole<Singles>(from)), halves_of(whole<Singles>(from + 16))); }
  DRCNN_INLINE static Pairs part_of(const T* from, int64_t count) {
    return joined(values_of(from, count, 1), count > 16 ? values_of(from + 16, count - 16, 1) : Halves{});
  }
  DRCNN_INLINE static Pairs joined(Halves low, Halves high) {
    return (Pairs)__builtin_shufflevector(
        low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30,
        31);
  }
};

/// One side of a product, packed when it is needed.
template <typename T, bool kRight>
struct Fresh {
  static constexpr bool kPacks = true;
  Lines<T> lines;

  /// Blocks [first, first + count) of tiles [tile, tile + tiles), those of a tile one after the other, in `buffer`.
  BlockView view(int64_t tile, int64_t tiles, int64_t first, int64_t count, uint32_t* buffer) const {
    lines.each(tiles, count, [&](int64_t t, int64_t b) {
      lines.pack(tile + t, first + b, kRight, buffer + (t * count + b) * kBlock);
    });
    return {buffer, count * kBlock};
  }
};

/// One side of a product, packed beforehand.
struct Packed {
  static constexpr bool kPacks = false;
  Blocks data;
  int64_t blocks;

  BlockView view(int64_t tile, int64_t, int64_t first, int64_t, uint32_t*) const {
    return {data.get() + (tile * blocks + first) * kBlock, blocks * kBlock};
  }
};

template <bool kRight, typename T>
Packed packed(const Lines<T>& lines, int64_t blocks) {
  const int64_t tiles = divided(lines.width(), 16);
  Packed made{new_blocks(tiles * blocks), blocks};
  // Parts of whole lines of tiles or of blocks.
  const int64_t parts = lines.along ? tiles : blocks, size = lines.along ? blocks : tiles;
  parallel_for(0, parts, std::max<int64_t>(32 / std::max<int64_t>(size, 1), 1), [&](int64_t begin, int64_t end) {
    const int64_t tile = lines.along ? begin : 0, block = lines.along ? 0 : begin;
    lines.each(lines.along ? end - begin : tiles, lines.along ? blocks : end - begin, [&](int64_t t, int64_t b) {
      lines.pack(tile + t, block + b, kRight, made.data.get() + ((tile + t) * blocks + block + b) * kBlock);
    });
  });
  return made;
}

}  // namespace drcnn::conv::bf16::pairs
