// The loops over positions, taps and channels of a deformable convolution, each for one thread.
#pragma once

#include "columns.h"

namespace drcnn::deform {

/// Everything that the tasks of one call read.
template <typename T>
struct Call {
  Shape shape;
  std::vector<std::vector<Run>> runs;
  std::vector<T> zeros;  ///< a pixel outside the map
  at::Tensor map;        ///< [N, H, W, C]
  at::Tensor offset;
  at::Tensor mask;       ///< undefined: all 1

  Call(const Shape& shape, const at::Tensor& input, const at::Tensor& offset, const compat::optional_tensor& mask)
      : shape(shape), runs(runs_of(shape)), zeros(shape.channels), map(input.permute({0, 2, 3, 1}).contiguous()),
        offset(offset.contiguous()) {
    if (mask.has_value()) this->mask = mask->contiguous();
  }

  int64_t samples() const { return shape.offset_groups * shape.taps(); }
  const T* image(int64_t n) const { return map.data_ptr<T>() + n * shape.pixels() * shape.channels; }
  Fields<T> fields(int64_t n) const {
    const int64_t size = n * samples() * shape.positions();
    return {offset.data_ptr<T>() + 2 * size, mask.defined() ? mask.data_ptr<T>() + size : nullptr};
  }
};

/// columns [end - begin, C K] of the positions [begin, end) of image n.
void columns_of(const Call<float>& call, int64_t n, int64_t begin, int64_t end, float* columns);
void columns_of(const Call<double>& call, int64_t n, int64_t begin, int64_t end, double* columns);

/// The gradients of offset and mask (null: none) at the positions [begin, end) of image n from grad_columns, which
/// begins at position begin.
void fields_of(
    const Call<float>& call, int64_t n, int64_t begin, int64_t end, const float* grad_columns, float* grad_offset,
    float* grad_mask);
void fields_of(
    const Call<double>& call, int64_t n, int64_t begin, int64_t end, const double* grad_columns, double* grad_offset,
    double* grad_mask);

/// Adds to grad_map [N, H, W, C] what the positions [begin, end) of image n send to the channels of `part`, a piece of
/// a run of an offset group.
void scatter(
    const Call<float>& call, int64_t n, int64_t begin, int64_t end, int64_t group, const Run& part,
    const float* grad_columns, float* grad_map);
void scatter(
    const Call<double>& call, int64_t n, int64_t begin, int64_t end, int64_t group, const Run& part,
    const double* grad_columns, double* grad_map);

}  // namespace drcnn::deform
