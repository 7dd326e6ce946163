// What the tests of the kernels share: drawn inputs, the operators of the CPU, and how results are compared.
#pragma once

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include <cstdio>
#include <functional>
#include <limits>
#include <string>

#include "shim.h"

namespace drcnn::tests {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN(), kInf = std::numeric_limits<float>::infinity();

inline int checks = 0, failures = 0;

inline void check(bool good, const std::string& what) {
  checks++;
  if (good) return;
  failures++;
  std::printf("FAIL %s\n", what.c_str());
}

/// An operator of libdrcnn, by the type of its CPU function.
template <typename Function>
auto reference(const char* name) {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, "").typed<Function>();
}

/// The same bits, NaN where NaN is.
inline bool same(const at::Tensor& a, const at::Tensor& b) {
  if (a.sizes() != b.sizes() || a.scalar_type() != b.scalar_type()) return false;
  return (a.eq(b).logical_or(a.ne(a).logical_and(b.ne(b)))).all().item<bool>();
}

/// Largest difference, relative to the largest value where that is above 1; infinite where one is NaN and the other is not.
inline double distance(const at::Tensor& a, const at::Tensor& b) {
  if (a.sizes() != b.sizes()) return std::numeric_limits<double>::infinity();
  if (a.numel() == 0) return 0;
  const auto x = a.to(at::kDouble), y = b.to(at::kDouble);
  const auto equal = x.eq(y).logical_or(x.ne(x).logical_and(y.ne(y)));
  const auto difference = at::where(equal, at::zeros_like(x), (x - y).abs());
  if (difference.ne(difference).any().item<bool>()) return std::numeric_limits<double>::infinity();
  const double largest = at::nan_to_num(y, 0, 0, 0).abs().max().item<double>();
  return difference.max().item<double>() / std::max(largest, 1.0);
}

/// The result of the shim, which must not depend on the order of blocks and threads.
template <typename Call>
auto twice(const std::string& what, const Call& call) {
  ShimDevice::backwards = false;
  auto forwards = call();
  ShimDevice::backwards = true;
  const auto backwards = call();
  ShimDevice::backwards = false;
  if constexpr (std::is_same_v<decltype(forwards), at::Tensor>) {
    check(same(forwards, backwards), what + ": the order of the threads changes the result");
  } else {
    const auto each = [&](const at::Tensor& a, const at::Tensor& b) {
      if (a.defined()) check(same(a, b), what + ": the order of the threads changes the result");
    };
    each(std::get<0>(forwards), std::get<0>(backwards));
    each(std::get<1>(forwards), std::get<1>(backwards));
    each(std::get<2>(forwards), std::get<2>(backwards));
    each(std::get<3>(forwards), std::get<3>(backwards));
    each(std::get<4>(forwards), std::get<4>(backwards));
  }
  return forwards;
}

/// Arguments that do not agree end in an error of libtorch's kind, not in a result.
template <typename Call>
void refused(const std::string& what, const Call& call) {
  bool good = false;
  try {
    call();
  } catch (const c10::Error&) {
    good = true;
  }
  check(good, what + " is refused");
}

/// The same values between others' of a larger tensor.
inline at::Tensor scattered(const at::Tensor& tensor) {
  auto shape = tensor.sizes().vec();
  shape.back() = 2 * shape.back() + 1;
  return at::full(shape, 77, tensor.options()).slice(-1, 1, shape.back(), 2).copy_(tensor);
}

inline at::Tensor uniform(at::IntArrayRef shape, double low, double high) {
  return at::rand(shape, at::kDouble) * (high - low) + low;
}

inline at::Tensor rows(std::initializer_list<float> values, int64_t width) {
  return at::tensor(at::ArrayRef<float>(values), at::kFloat).view({-1, width});
}

void roi_align_tests();
void nms_tests();
void random_keys_tests();
void deform_conv2d_tests();
void convolution_tests();
void max_pool_tests();

/// draws: shapes drawn for each operator.
void hostile_tests(int64_t draws);

}  // namespace drcnn::tests
