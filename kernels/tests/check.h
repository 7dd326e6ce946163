// What the tests of the kernels share: drawn numbers, threads of their own, and how results are compared. No libtorch.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "drcnn_kernels.h"
#include "cuda.h"

namespace drcnn::tests {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN(), kInf = std::numeric_limits<float>::infinity();

inline int checks = 0, failures = 0;

inline void check(bool good, const std::string& what) {
  checks++;
  if (good) return;
  failures++;
  std::printf("FAIL %s\n", what.c_str());
}

/// A kernel's status, which has to be 0.
inline void done(int32_t status, const std::string& what) {
  check(status == 0, what + ": " + (status == 0 ? "" : drcnn_kernels_error()));
}

/// Arguments that do not agree end in an error with a sentence, not in a result.
inline void refused(int32_t status, const std::string& what) {
  check(status == -1 && std::strlen(drcnn_kernels_error()) > 0, what + " is refused");
}

/// The numbers of an array and no byte more, so that the address sanitizer sees what goes beyond them.
template <typename T>
using Values = std::vector<T>;

/// What a result holds before: NaN, so that a value which was not written shows.
template <typename T>
Values<T> unwritten(int64_t count) {
  return Values<T>(count, static_cast<T>(kNaN));
}

/// A CUDA function's scratch, exactly as large as asked for, holding garbage.
inline Values<uint8_t> garbage(int64_t bytes, const std::string& what) {
  check(bytes >= 0, what + ": the size of the scratch: " + (bytes < 0 ? drcnn_kernels_error() : ""));
  return Values<uint8_t>(bytes < 0 ? 0 : bytes, 0xA5);
}

/// Drawn numbers, the same in every run.
class Draw {
 public:
  explicit Draw(uint64_t seed) : engine_(seed) {}

  double uniform(double low, double high) {
    return low + (high - low) * static_cast<double>(engine_() >> 11) * 0x1p-53;
  }
  template <typename T>
  Values<T> values(int64_t count, double low = -1, double high = 1) {
    Values<T> drawn(count);
    for (T& value : drawn) value = static_cast<T>(uniform(low, high));
    return drawn;
  }
  /// From low to high, both possible.
  int64_t whole(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(engine_() % static_cast<uint64_t>(high - low + 1));
  }
  int64_t one_of(std::initializer_list<int64_t> choices) {
    return choices.begin()[whole(0, static_cast<int64_t>(choices.size()) - 1)];
  }

 private:
  std::mt19937_64 engine_;
};

template <typename To, typename From>
Values<To> as(const Values<From>& values) {
  return Values<To>(values.begin(), values.end());
}

/// The same bits, NaN where NaN is.
template <typename T>
bool same(const Values<T>& a, const Values<T>& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); i++) {
    if (!(a[i] == b[i] || (a[i] != a[i] && b[i] != b[i]))) return false;
  }
  return true;
}

template <typename T>
bool all_finite(const Values<T>& values) {
  for (const T value : values) {
    if (!std::isfinite(value)) return false;
  }
  return true;
}

/// Largest difference, relative to the largest value where that is above 1; infinite where one is NaN and the other is not.
template <typename A, typename B>
double distance(const Values<A>& a, const Values<B>& b) {
  if (a.size() != b.size()) return std::numeric_limits<double>::infinity();
  double largest = 1, difference = 0;
  for (size_t i = 0; i < a.size(); i++) {
    const double x = a[i], y = b[i];
    if (x == y || (x != x && y != y)) continue;
    if (!std::isfinite(x) || !std::isfinite(y)) return std::numeric_limits<double>::infinity();
    difference = std::max(difference, std::abs(x - y));
    largest = std::max(largest, std::abs(y));
  }
  return difference / largest;
}

/// The root of the mean square of the differences, relative to the same of b.
template <typename A, typename B>
double relative_error(const Values<A>& a, const Values<B>& b) {
  double difference = 0, size = 0;
  for (size_t i = 0; i < a.size(); i++) {
    difference += (double(a[i]) - double(b[i])) * (double(a[i]) - double(b[i]));
    size += double(b[i]) * double(b[i]);
  }
  return a.size() != b.size() || !std::isfinite(difference) ? std::numeric_limits<double>::infinity()
                                                            : std::sqrt(difference / std::max(size, 1e-300));
}

/// From here on the kernels have so many threads.
void use_threads(int count);

/// The result of a CUDA function on the shim, which must not depend on the order of blocks and threads.
template <typename Run>
auto twice(const std::string& what, const Run& run) {
  drcnn_shim_backwards(0);
  auto forwards = run();
  drcnn_shim_backwards(1);
  check(same(forwards, run()), what + ": the order of the threads changes the result");
  drcnn_shim_backwards(0);
  return forwards;
}

/// The result of a CPU's function, which must not depend on the number of threads.
template <typename Run>
auto on_threads(const std::string& what, const Run& run) {
  use_threads(1);
  auto alone = run();
  for (const int count : {2, 3}) {
    use_threads(count);
    check(same(alone, run()), what + ": " + std::to_string(count) + " threads change the result");
  }
  use_threads(1);
  return alone;
}

void numbers_tests();
void roi_align_tests(int64_t draws);
void nms_tests(int64_t draws);
void assign_tests(int64_t draws);
void random_keys_tests(int64_t draws);
void deform_conv2d_tests(int64_t draws);
void convolution_tests(int64_t draws);

}  // namespace drcnn::tests
