// From maps to the points' values and back, a channel's row of tiles at a time, and from weights to theirs.
#pragma once

#include "transforms.h"

namespace drcnn::conv {

constexpr int64_t kLanes = 8;

/// A number of tiles that whole vectors hold.
constexpr int64_t whole_lanes(int64_t tiles) { return (tiles + kLanes - 1) / kLanes * kLanes; }

/// Floats of scratch that a row of tiles needs on the way in, and on the way out.
constexpr int64_t scratch_size(int64_t tiles) { return kPatch * (kTile * whole_lanes(tiles) + 2 * kTile); }

/// The inputs of the row of tiles whose first output row is `top` -> values [kPoints, whole_lanes(tiles)].
/// plane: [height, width], 0 around it.
void values_of_row(
    const float* plane, int64_t height, int64_t width, int64_t top, float* scratch, float* values);

/// Sums [kPoints], each `stride` apart, of a row of tiles -> the finished outputs from row `top` on in plane [height, width],
/// where residual is null or such a plane. Reads whole_lanes(tiles) sums of each point.
void outputs_of_row(
    const float* sums, int64_t stride, float bias, const float* residual, bool relu, int64_t height, int64_t width,
    int64_t top, float* scratch, float* plane);

/// Where the taps of a weight lie, and in which order.
struct TapOrder {
  int64_t output_stride, input_stride;
  bool backwards;  ///< a tap's place is its opposite's, as the input's gradient needs it
};

/// One output's taps -> values [kPoints] of [channels], each `stride` apart.
void values_of_taps(const float* weight, const TapOrder& order, int64_t channels, float* values, int64_t stride);

}  // namespace drcnn::conv
