// From maps to the points' values and back, a part of a row of tiles of a channel at a time, and from weights to theirs.
#pragma once

#include "finish.h"
#include "lanes.h"
#include "transforms.h"

namespace drcnn::conv {

/// A number of tiles that whole vectors hold.
constexpr int64_t whole_lanes(int64_t tiles) { return (tiles + kLanes - 1) / kLanes * kLanes; }

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

/// The inputs of tiles of a row -> values of the tiles from `tile` on; up to kLanes - 1 tiles behind them, in their panel, get some
/// numbers too. plane: [height, width], 0 around it.
void values_of_row(
    const float* plane, int64_t height, int64_t width, const TileRow& row, float* scratch, const ChannelValues& values,
    int64_t tile);

/// Sums [kPoints], each `stride` apart, of tiles of a row -> their finished outputs in plane [height, width], where residual
/// is null or such a plane. Reads whole_lanes(row.count) sums of each point.
void outputs_of_row(
    const float* sums, int64_t stride, const Finish::Output& output, const float* residual, int64_t height, int64_t width,
    const TileRow& row, float* scratch, float* plane);

/// Where the taps of a weight lie, and in which order.
struct TapOrder {
  int64_t output_stride, input_stride;
  bool backwards;  ///< a tap's place is its opposite's, as the input's gradient needs it
};

/// The taps of a block of at most kOutputRows outputs -> values [kPoints] of [channels, kOutputRows], each `stride` apart;
/// outputs past the end repeat the last.
void values_of_taps(
    const float* weight, const TapOrder& order, int64_t outputs, int64_t channels, float* values, int64_t stride);

}  // namespace drcnn::conv
