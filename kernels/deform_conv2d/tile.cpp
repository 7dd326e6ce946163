#include "tile.h"

namespace drcnn::deform {
namespace {

template <typename T>
DRCNN_INLINE void gather_tile(const Call<T>& call, int64_t n, int64_t begin, int64_t end, T* columns) {
  const Shape& shape = call.shape;
  const Fields<T> fields = call.fields(n);
  const T* map = call.image(n);
  for (int64_t position = begin; position < end; position++, columns += shape.columns()) {
    for (int64_t index = 0; index < shape.samples(); index++) {
      const auto sample = sample_at(shape, fields, index, position);
      const int64_t tap_column = index % shape.taps() * shape.group_channels();
      for (const Run& run : call.runs[index / shape.taps()]) {
        const Corners<T> corners(sample, map, call.zeros.data(), shape.channels, run.first);
        gather(sample, corners, run.count, columns + run.column + tap_column);
      }
    }
  }
}

template <typename T>
DRCNN_INLINE void field_gradients(
    const Call<T>& call, int64_t n, int64_t begin, int64_t end, const T* grad_columns, T* grad_offset, T* grad_mask) {
  const Shape& shape = call.shape;
  const Fields<T> fields = call.fields(n);
  const T* map = call.image(n);
  const int64_t positions = shape.positions(), first = n * shape.samples();
  for (int64_t position = begin; position < end; position++, grad_columns += shape.columns()) {
    for (int64_t index = 0; index < shape.samples(); index++) {
      const auto sample = sample_at(shape, fields, index, position);
      const int64_t tap_column = index % shape.taps() * shape.group_channels();
      T dots[4] = {}, weight[4];
      for (const Run& run : call.runs[index / shape.taps()]) {
        const Corners<T> corners(sample, map, call.zeros.data(), shape.channels, run.first);
        add_dots(grad_columns + run.column + tap_column, corners, run.count, dots);
      }
      if (grad_offset != nullptr) {
        const T up = T(1) - sample.down, left = T(1) - sample.right;
        const T dy = left * (dots[2] - dots[0]) + sample.right * (dots[3] - dots[1]);
        const T dx = up * (dots[1] - dots[0]) + sample.down * (dots[3] - dots[2]);
        grad_offset[2 * (first + index) * positions + position] = sample.mask * dy;
        grad_offset[(2 * (first + index) + 1) * positions + position] = sample.mask * dx;
      }
      if (grad_mask == nullptr) continue;
      sample.weights(weight);
      grad_mask[(first + index) * positions + position] =
          weight[0] * dots[0] + weight[1] * dots[1] + weight[2] * dots[2] + weight[3] * dots[3];
    }
  }
}

template <typename T>
DRCNN_INLINE void scatter_channels(
    const Call<T>& call, int64_t n, int64_t begin, int64_t end, int64_t group, const Run& part, const T* grad_columns,
    T* grad_map) {
  const Shape& shape = call.shape;
  const Fields<T> fields = call.fields(n);
  T* to = grad_map + part.first;
  for (int64_t position = begin; position < end; position++, grad_columns += shape.columns()) {
    for (int64_t tap = 0; tap < shape.taps(); tap++) {
      const auto sample = sample_at(shape, fields, group * shape.taps() + tap, position);
      const T* __restrict grad = grad_columns + part.column + tap * shape.group_channels();
      T weight[4];
      sample.weights(weight);
      for (int i = 0; i < 4; i++) {
        if (sample.pixel[i] < 0) continue;
        const T factor = weight[i] * sample.mask;
        T* __restrict sum = to + sample.pixel[i] * shape.channels;
        for (int64_t c = 0; c < part.count; c++) sum[c] += factor * grad[c];
      }
    }
  }
}

}  // namespace

#define DRCNN_TILES_OF(T)                                                                                                      \
  DRCNN_VERSIONS(                                                                                                              \
      columns_of, (const Call<T>& call, int64_t n, int64_t begin, int64_t end, T* columns), gather_tile,                       \
      (call, n, begin, end, columns))                                                                                          \
  DRCNN_VERSIONS(                                                                                                              \
      fields_of,                                                                                                               \
      (const Call<T>& call, int64_t n, int64_t begin, int64_t end, const T* grad_columns, T* grad_offset, T* grad_mask),       \
      field_gradients, (call, n, begin, end, grad_columns, grad_offset, grad_mask))                                            \
  DRCNN_VERSIONS(                                                                                                              \
      scatter,                                                                                                                 \
      (const Call<T>& call, int64_t n, int64_t begin, int64_t end, int64_t group, const Run& part, const T* grad_columns,      \
       T* grad_map),                                                                                                           \
      scatter_channels, (call, n, begin, end, group, part, grad_columns, grad_map))
DRCNN_TILES_OF(float)
DRCNN_TILES_OF(double)
#undef DRCNN_TILES_OF

}  // namespace drcnn::deform
