// A matrix product for one thread, whose bits depend on nothing but the operands: not on a BLAS, nor on threads, nor on
// whether the processor fuses multiply and add.
#pragma once

#include <cstdint>

namespace drcnn::deform {

/// Columns of a packed matrix that lie together.
constexpr int64_t kPanel = 16;

inline int64_t packed_size(int64_t rows, int64_t columns) { return rows * ((columns + kPanel - 1) / kPanel * kPanel); }

/// matrix [rows, columns], rows `stride` apart -> panels of kPanel columns, each [rows, kPanel], the last filled with 0.
void pack(const float* matrix, int64_t stride, int64_t rows, int64_t columns, float* packed);
void pack(const double* matrix, int64_t stride, int64_t rows, int64_t columns, double* packed);

/// sums [rows, columns] += left [rows, inner] * right [inner, columns], right packed; row-major with strides. Each sum
/// adds its products block by block in the order of inner.
void multiply_add(
    int64_t rows, int64_t columns, int64_t inner, const float* left, int64_t left_stride, const float* right,
    float* sums, int64_t sums_stride);
void multiply_add(
    int64_t rows, int64_t columns, int64_t inner, const double* left, int64_t left_stride, const double* right,
    double* sums, int64_t sums_stride);

}  // namespace drcnn::deform
