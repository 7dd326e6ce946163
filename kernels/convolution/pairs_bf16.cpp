// The forms of bfloat16 for processors with avx512_bf16, and its product.
#include <algorithm>
#include <cstring>
#include <memory>
#include <new>

#include "convolution_bf16.h"
#include "host.h"
#include "isa.h"
#include "product_bf16.h"
#include "task_queue.h"

#if DRCNN_X86
#include <immintrin.h>
// What stands above is compiled for any processor; what stands below is not.
#pragma GCC target("avx2,fma,avx512f,avx512vl,avx512bw,avx512dq,avx512bf16,prefer-vector-width=512")
#include "forms_bf16.h"

namespace drcnn::conv::bf16::pairs {
namespace {

/// Eight rows of a left tile, so that their sums by two right tiles fit the registers.
template <int64_t kTiles>
void multiply_rows(const BlockProduct& p, const uint32_t* left, float* to) {
  __m512 sum[8][kTiles];
  for (int64_t i = 0; i < 8; i++) {
    for (int64_t j = 0; j < kTiles; j++) sum[i][j] = p.adds ? _mm512_loadu_ps(to + i * p.stride + 16 * j) : _mm512_setzero_ps();
  }
  const uint32_t* right = p.right.data;
  for (int64_t b = 0; b < p.blocks; b++, left += kBlock) {
    for (int64_t k = 0; k < 16; k++, right += 16) {
      __m512bh column[kTiles];
      for (int64_t j = 0; j < kTiles; j++) column[j] = (__m512bh)_mm512_loadu_si512(right + j * p.right.tile);
      for (int64_t i = 0; i < 8; i++) {
        const __m512bh value = (__m512bh)_mm512_set1_epi32(static_cast<int32_t>(left[16 * i + k]));
        for (int64_t j = 0; j < kTiles; j++) sum[i][j] = _mm512_dpbf16_ps(sum[i][j], value, column[j]);
      }
    }
  }
  for (int64_t i = 0; i < 8; i++) {
    for (int64_t j = 0; j < kTiles; j++) _mm512_storeu_ps(to + i * p.stride + 16 * j, sum[i][j]);
  }
}

}  // namespace

void multiply(const BlockProduct& p) {
  for (int64_t row = 0; row < 16 * p.left_tiles; row += 8) {
    const uint32_t* left = p.left.data + row / 16 * p.left.tile + row % 16 * 16;
    (p.right_tiles == 2 ? multiply_rows<2> : multiply_rows<1>)(p, left, p.sums + row * p.stride);
  }
}

}  // namespace drcnn::conv::bf16::pairs
#endif
