#include "tiles.h"

#include <algorithm>

#include "product.h"

namespace drcnn::conv {
namespace {

#define DRCNN_UNROLLED _Pragma("GCC unroll 9")  // so that small arrays become registers

// From 16 neighbours, every second one.
#define DRCNN_EVEN(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14)
#define DRCNN_ODD(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15)
// Two vectors, lane by lane in turn.
#define DRCNN_FIRST(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define DRCNN_SECOND(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)

/// Of eight tiles that begin every four floats, each one's six floats: d[i] holds the tiles' i-th.
DRCNN_INLINE void gather(const float* from, Lanes* d) {
  Lanes part[4], even[2], odd[2];
  DRCNN_UNROLLED
  for (int64_t start = 0; start < 2; start++) {
    DRCNN_UNROLLED
    for (int64_t i = 0; i < 4; i++) load(from + start * kTile + i * kLanes, part[i]);
    DRCNN_UNROLLED
    for (int64_t i = 0; i < 2; i++) {
      even[i] = DRCNN_EVEN(part[2 * i], part[2 * i + 1]);
      odd[i] = DRCNN_ODD(part[2 * i], part[2 * i + 1]);
    }
    d[start * kTile] = DRCNN_EVEN(even[0], even[1]);
    d[start * kTile + 1] = DRCNN_EVEN(odd[0], odd[1]);
    if (start > 0) continue;
    d[2] = DRCNN_ODD(even[0], even[1]);
    d[3] = DRCNN_ODD(odd[0], odd[1]);
  }
}

/// Four outputs of eight tiles -> 32 neighbours.
DRCNN_INLINE void scatter(const Lanes* y, float* to) {
  const Lanes even_first = DRCNN_FIRST(y[0], y[2]), even_second = DRCNN_SECOND(y[0], y[2]);
  const Lanes odd_first = DRCNN_FIRST(y[1], y[3]), odd_second = DRCNN_SECOND(y[1], y[3]);
  store(DRCNN_FIRST(even_first, odd_first), to);
  store(DRCNN_SECOND(even_first, odd_first), to + kLanes);
  store(DRCNN_FIRST(even_second, odd_second), to + 2 * kLanes);
  store(DRCNN_SECOND(even_second, odd_second), to + 3 * kLanes);
}

/// Columns of kPatch rows -> their values at the points, one after the other in `stride` floats.
DRCNN_INLINE void down_columns(const float* const* rows, int64_t width, float* __restrict to, int64_t stride) {
  int64_t x = 0;
  for (; x + kLanes <= width; x += kLanes) {
    Lanes d[kPatch], v[kPatch];
    DRCNN_UNROLLED
    for (int64_t i = 0; i < kPatch; i++) load(rows[i] + x, d[i]);
    input_values(d, v);
    DRCNN_UNROLLED
    for (int64_t i = 0; i < kPatch; i++) store(v[i], to + i * stride + x);
  }
  for (; x < width; x++) {
    float d[kPatch], v[kPatch];
    DRCNN_UNROLLED
    for (int64_t i = 0; i < kPatch; i++) d[i] = rows[i][x];
    input_values(d, v);
    DRCNN_UNROLLED
    for (int64_t i = 0; i < kPatch; i++) to[i * stride + x] = v[i];
  }
}

/// Eight tiles' values at kPatch points, into their panel and, where they reach beyond it, the next; of these, those of `count`.
DRCNN_INLINE void store_values(const Lanes* v, const ChannelValues& values, int64_t point, int64_t tile, int64_t count) {
  const int64_t lane = tile % kPanel;
  float* to = values.data + point * values.point + tile / kPanel * values.panel + lane;
  if (lane + kLanes <= kPanel) {
    DRCNN_UNROLLED
    for (int64_t j = 0; j < kPatch; j++) store(v[j], to + j * values.point);
    return;
  }
  const int64_t here = std::min(kPanel - lane, count);
  DRCNN_UNROLLED
  for (int64_t j = 0; j < kPatch; j++) {
    float split[kLanes];
    store(v[j], split);
    for (int64_t i = 0; i < here; i++) to[j * values.point + i] = split[i];
    for (int64_t i = here; i < count; i++) to[j * values.point + values.panel - lane + i - here] = split[i];
  }
}

}  // namespace

DRCNN_VECTORISED void values_of_row(
    const float* plane, int64_t height, int64_t width, const TileRow& row, float* scratch, const ChannelValues& values,
    int64_t tile) {
  const int64_t stride = kTile * whole_lanes(row.count) + 2 * kTile;
  const int64_t outside = row.first == 0 ? 1 : 0;  // columns left of the plane
  const int64_t left = kTile * row.first - 1 + outside;
  const int64_t columns = std::min(width - left, kTile * row.count + 2 - outside);
  const float* rows[kPatch];
  float* zeros = scratch + kPatch * stride;
  std::fill(zeros, zeros + columns, 0.f);
  for (int64_t i = 0; i < kPatch; i++) {
    const int64_t y = row.top - 1 + i;
    rows[i] = y >= 0 && y < height ? plane + y * width + left : zeros;
    scratch[i * stride] = 0.f;
    std::fill(scratch + i * stride + outside + columns, scratch + (i + 1) * stride, 0.f);
  }
  down_columns(rows, columns, scratch + outside, stride);
  for (int64_t i = 0; i < kPatch; i++) {
    for (int64_t done = 0; done < row.count; done += kLanes) {
      Lanes d[kPatch], v[kPatch];
      gather(scratch + i * stride + done * kTile, d);
      input_values(d, v);
      store_values(v, values, i * kPatch, tile + done, std::min(kLanes, row.count - done));
    }
  }
}

DRCNN_VECTORISED void outputs_of_row(
    const float* sums, int64_t stride, const Finish::Output& output, const float* residual, int64_t height, int64_t width,
    const TileRow& row, float* scratch, float* plane) {
  const int64_t row_size = kTile * whole_lanes(row.count);
  for (int64_t tile = 0; tile < row.count; tile += kLanes) {
    Lanes down[kTile][kPatch];
    DRCNN_UNROLLED
    for (int64_t j = 0; j < kPatch; j++) {
      Lanes m[kPatch], y[kTile];
      DRCNN_UNROLLED
      for (int64_t i = 0; i < kPatch; i++) load(sums + (i * kPatch + j) * stride + tile, m[i]);
      outputs_of(m, y);
      DRCNN_UNROLLED
      for (int64_t i = 0; i < kTile; i++) down[i][j] = y[i];
    }
    DRCNN_UNROLLED
    for (int64_t i = 0; i < kTile; i++) {
      Lanes y[kTile];
      outputs_of(down[i], y);
      scatter(y, scratch + i * row_size + tile * kTile);
    }
  }
  const int64_t left = kTile * row.first, columns = std::min(width - left, kTile * row.count);
  for (int64_t y = row.top; y < std::min(row.top + kTile, height); y++) {
    const float* more = residual == nullptr ? nullptr : residual + y * width + left;
    finish_row(scratch + (y - row.top) * row_size, columns, output, more, plane + y * width + left);
  }
}

DRCNN_VECTORISED void values_of_taps(
    const float* weight, const TapOrder& order, int64_t outputs, int64_t channels, float* values, int64_t stride) {
  constexpr int64_t kSide = 3, kTaps = kSide * kSide, kWide = 4;
  typedef double Wide __attribute__((vector_size(8 * kWide)));
  for (int64_t channel = 0; channel < channels; channel++, weight += order.input_stride, values += kOutputRows) {
    for (int64_t first = 0; first < kOutputRows; first += kWide) {
      Wide g[kSide][kSide], across[kSide][kPatch];
      DRCNN_UNROLLED
      for (int64_t tap = 0; tap < kTaps; tap++) {
        const int64_t place = order.backwards ? kTaps - 1 - tap : tap;
        DRCNN_UNROLLED
        for (int64_t lane = 0; lane < kWide; lane++) {
          const int64_t output = std::min(first + lane, outputs - 1);
          g[tap / kSide][tap % kSide][lane] = weight[output * order.output_stride + place];
        }
      }
      DRCNN_UNROLLED
      for (int64_t row = 0; row < kSide; row++) tap_values(g[row], across[row]);
      DRCNN_UNROLLED
      for (int64_t j = 0; j < kPatch; j++) {
        const Wide column[kSide] = {across[0][j], across[1][j], across[2][j]};
        Wide u[kPatch];
        tap_values(column, u);
        DRCNN_UNROLLED
        for (int64_t i = 0; i < kPatch; i++) {
          float* to = values + (i * kPatch + j) * stride + first;
          for (int64_t lane = 0; lane < std::min(kWide, kOutputRows - first); lane++) {
            to[lane] = static_cast<float>(u[i][lane]);
          }
        }
      }
    }
  }
}

}  // namespace drcnn::conv
