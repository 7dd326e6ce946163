// The loops over positions, taps and channels of a deformable convolution, each for one thread.
#pragma once

#include "columns.h"

namespace drcnn::deform {

/// Everything that the tasks of one call read.
template <typename T>
struct Call {
  Shape shape;
  const T* map;     ///< [N, H, W, C]
  const T* offset;  ///< [N, 2 D K, OH, OW]
  const T* mask;    ///< [N, D K, OH, OW] or null: all 1
  std::vector<std::vector<Run>> runs;
  std::vector<T> zeros;  ///< a pixel outside the map

  Call(const Shape& shape, const T* map, const T* offset, const T* mask)
      : shape(shape), map(map), offset(offset), mask(mask), runs(runs_of(shape)), zeros(shape.channels) {}

  const T* image(int64_t n) const { return map + n * shape.pixels() * shape.channels; }
  Fields<T> fields(int64_t n) const {
    const int64_t size = n * shape.samples() * shape.positions();
    return {offset + 2 * size, mask != nullptr ? mask + size : nullptr};
  }
};

/// columns [end - begin, C K] of the positions [begin, end) of image n.
void columns_of(const Call<float>& call, int64_t n, int64_t begin, int64_t end, float* columns);
void columns_of(const Call<double>& call, int64_t n, int64_t begin, int64_t end, double* columns);

/// The gradients of offset and mask (null: not needed) at the positions [begin, end) of image n from grad_columns, which
/// begins at position begin.
void fields_of(
    const Call<float>& call, int64_t n, int64_t begin, int64_t end, const float* grad_columns, float* grad_offset,
    float* grad_mask);
void fields_of(
    const Call<double>& call, int64_t n, int64_t begin, int64_t end, const double* grad_columns, double* grad_offset,
    double* grad_mask);

/// Adds to grad_map [H, W, C] of image n what its positions [begin, end) send to the channels of `part`, a piece of a run
/// of an offset group.
void scatter(
    const Call<float>& call, int64_t n, int64_t begin, int64_t end, int64_t group, const Run& part,
    const float* grad_columns, float* grad_map);
void scatter(
    const Call<double>& call, int64_t n, int64_t begin, int64_t end, int64_t group, const Run& part,
    const double* grad_columns, double* grad_map);

}  // namespace drcnn::deform
