// From maps to the points' values and back, a part of a row of tiles of a channel at a time, and from weights to theirs.
#pragma once

#include "finish.h"
#include "product.h"
#include "transforms.h"

namespace drcnn::conv::DRCNN_VERSION {

/// A number of tiles that whole vectors hold.
constexpr int64_t whole_lanes(int64_t tiles) { return (tiles + kOctet - 1) / kOctet * kOctet; }

/// Floats of scratch that so many tiles of a row need on the way in, and on the way out.
constexpr int64_t scratch_size(int64_t tiles) { return (kPatch + 1) * (kTile * whole_lanes(tiles) + 2 * kTile); }

/// Tiles [first, first + count) of the row of tiles whose first output row is `top`.
struct TileRow {
  int64_t top, first, count;
};

/// Where a channel's values lie: of tile t at point p, data[p * point + t / kPanel * panel + t % kPanel].
struct ChannelValues {
  float* data;
  int64_t point, panel;
};

// From 16 neighbours, every second one.
#define DRCNN_EVEN(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14)
#define DRCNN_ODD(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15)
// Two vectors, lane by lane in turn.
#define DRCNN_FIRST(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define DRCNN_SECOND(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)

/// Of eight tiles that begin every four floats, each one's six floats: d[i] holds the tiles' i-th.
DRCNN_INLINE void load_tiles(const float* from, Octet* d) {
  Octet part[4], even[2], odd[2];
  DRCNN_UNROLLED
  for (int64_t start = 0; start < 2; start++) {
    DRCNN_UNROLLED
    for (int64_t i = 0; i < 4; i++) load(from + start * kTile + i * kOctet, part[i]);
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
DRCNN_INLINE void store_tiles(const Octet* y, float* to) {
  const Octet even_first = DRCNN_FIRST(y[0], y[2]), even_second = DRCNN_SECOND(y[0], y[2]);
  const Octet odd_first = DRCNN_FIRST(y[1], y[3]), odd_second = DRCNN_SECOND(y[1], y[3]);
  store(DRCNN_FIRST(even_first, odd_first), to);
  store(DRCNN_SECOND(even_first, odd_first), to + kOctet);
  store(DRCNN_FIRST(even_second, odd_second), to + 2 * kOctet);
  store(DRCNN_SECOND(even_second, odd_second), to + 3 * kOctet);
}

/// Columns of kPatch rows -> their values at the points, one after the other in `stride` floats.
DRCNN_INLINE void down_columns(const float* const* rows, int64_t width, float* __restrict to, int64_t stride) {
  int64_t x = 0;
  for (; x + kOctet <= width; x += kOctet) {
    Octet d[kPatch], v[kPatch];
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
DRCNN_INLINE void store_values(const Octet* v, const ChannelValues& values, int64_t point, int64_t tile, int64_t count) {
  const int64_t lane = tile % kPanel;
  float* to = values.data + point * values.point + tile / kPanel * values.panel + lane;
  if (lane + kOctet <= kPanel) {
    DRCNN_UNROLLED
    for (int64_t j = 0; j < kPatch; j++) store(v[j], to + j * values.point);
    return;
  }
  const int64_t here = std::min(kPanel - lane, count);
  DRCNN_UNROLLED
  for (int64_t j = 0; j < kPatch; j++) {
    float split[kOctet];
    store(v[j], split);
    for (int64_t i = 0; i < here; i++) to[j * values.point + i] = split[i];
    for (int64_t i = here; i < count; i++) to[j * values.point + values.panel - lane + i - here] = split[i];
  }
}

/// The inputs of tiles of a row -> values of the tiles from `tile` on; up to kOctet - 1 tiles behind them, in their panel, get some
/// numbers too. plane: [height, width], 0 around it.
inline void values_of_row(
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
    for (int64_t done = 0; done < row.count; done += kOctet) {
      Octet d[kPatch], v[kPatch];
      load_tiles(scratch + i * stride + done * kTile, d);
      input_values(d, v);
      store_values(v, values, i * kPatch, tile + done, std::min(kOctet, row.count - done));
    }
  }
}

/// Sums [kPoints], each `stride` apart, of tiles of a row -> their finished outputs in plane [height, width], where residual
/// is null or such a plane. Reads whole_lanes(row.count) sums of each point.
inline void outputs_of_row(
    const float* sums, int64_t stride, const Finish::Output& output, const float* residual, int64_t height, int64_t width,
    const TileRow& row, float* scratch, float* plane) {
  const int64_t row_size = kTile * whole_lanes(row.count);
  for (int64_t tile = 0; tile < row.count; tile += kOctet) {
    Octet down[kTile][kPatch];
    DRCNN_UNROLLED
    for (int64_t j = 0; j < kPatch; j++) {
      Octet m[kPatch], y[kTile];
      DRCNN_UNROLLED
      for (int64_t i = 0; i < kPatch; i++) load(sums + (i * kPatch + j) * stride + tile, m[i]);
      outputs_of(m, y);
      DRCNN_UNROLLED
      for (int64_t i = 0; i < kTile; i++) down[i][j] = y[i];
    }
    DRCNN_UNROLLED
    for (int64_t i = 0; i < kTile; i++) {
      Octet y[kTile];
      outputs_of(down[i], y);
      store_tiles(y, scratch + i * row_size + tile * kTile);
    }
  }
  const int64_t left = kTile * row.first, columns = std::min(width - left, kTile * row.count);
  for (int64_t y = row.top; y < std::min(row.top + kTile, height); y++) {
    const float* more = residual == nullptr ? nullptr : residual + y * width + left;
    finish_row(scratch + (y - row.top) * row_size, columns, output, more, plane + y * width + left);
  }
}

/// Where the taps of a weight lie, of outputs and of inputs, and in which order: one of the strides is nine.
struct TapOrder {
  int64_t output_stride, input_stride;
  bool backwards;  ///< a tap's place is its opposite's, as the input's gradient needs it
};

/// Three by three taps, of eight weights that follow each other -> their values at the points.
DRCNN_INLINE void values_of_octet(const float* weight, bool backwards, Octet* values) {
  constexpr int64_t kSide = 3, kTaps = kSide * kSide;
  typedef double Wide __attribute__((vector_size(8 * kOctet)));
  Wide g[kSide][kSide] = {}, across[kSide][kPatch];
  DRCNN_UNROLLED
  for (int64_t tap = 0; tap < kTaps; tap++) {
    const int64_t place = backwards ? kTaps - 1 - tap : tap;
    DRCNN_UNROLLED
    for (int64_t lane = 0; lane < kOctet; lane++) g[tap / kSide][tap % kSide][lane] = weight[lane * kTaps + place];
  }
  DRCNN_UNROLLED
  for (int64_t row = 0; row < kSide; row++) tap_values(g[row], across[row]);
  DRCNN_UNROLLED
  for (int64_t j = 0; j < kPatch; j++) {
    const Wide column[kSide] = {across[0][j], across[1][j], across[2][j]};
    Wide u[kPatch];
    tap_values(column, u);
    DRCNN_UNROLLED
    for (int64_t i = 0; i < kPatch; i++) values[i * kPatch + j] = __builtin_convertvector(u[i], Octet);
  }
}

/// The same of as many weights as there are.
DRCNN_INLINE void values_of_some(const float* weight, int64_t count, bool backwards, Octet* values) {
  constexpr int64_t kTaps = 9;
  if (count == kOctet) return values_of_octet(weight, backwards, values);
  float some[kOctet * kTaps] = {};
  std::copy_n(weight, count * kTaps, some);
  values_of_octet(some, backwards, values);
}

DRCNN_INLINE void store_some(const Octet& values, int64_t count, float* to) {
  if (count == kOctet) return store(values, to);
  float some[kOctet];
  store(values, some);
  std::copy_n(some, count, to);
}

/// The taps of outputs -> values [kPoints] of [outputs, channels], each `stride` apart. Either the channels' taps follow each other or
/// the outputs' do.
inline void values_of_taps(
    const float* weight, const TapOrder& order, int64_t outputs, int64_t channels, float* values, int64_t stride) {
  if (!order.backwards) {
    for (int64_t o = 0; o < outputs; o++) {
      for (int64_t c = 0; c < channels; c += kOctet) {
        const int64_t count = std::min(kOctet, channels - c);
        Octet u[kPoints];
        values_of_some(weight + o * order.output_stride + c * order.input_stride, count, false, u);
        for (int64_t p = 0; p < kPoints; p++) store_some(u[p], count, values + p * stride + o * channels + c);
      }
    }
    return;
  }
  for (int64_t o = 0; o < outputs; o += kOctet) {
    const int64_t rows = std::min(kOctet, outputs - o);
    for (int64_t c = 0; c < channels; c += kOctet) {
      const int64_t count = std::min(kOctet, channels - c);
      Octet u[kOctet][kPoints] = {};
      for (int64_t i = 0; i < count; i++) {
        values_of_some(weight + o * order.output_stride + (c + i) * order.input_stride, rows, true, u[i]);
      }
      for (int64_t p = 0; p < kPoints; p++) {
        Octet block[kOctet];
        DRCNN_UNROLLED
        for (int64_t i = 0; i < kOctet; i++) block[i] = u[i][p];
        turn(block);
        for (int64_t r = 0; r < rows; r++) store_some(block[r], count, values + p * stride + (o + r) * channels + c);
      }
    }
  }
}

}  // namespace drcnn::conv::DRCNN_VERSION
