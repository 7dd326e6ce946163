// The C functions: checks, the plain form of float64, the version for this processor of float32 and bfloat16.
#include "convolution.h"

#include <algorithm>

#include "convolution_bf16.h"
#include "convolution_plain.h"
#include "host.h"
#include "numbers.h"
#include "threads.h"

namespace drcnn::conv {

const Version& version() {
#if DRCNN_X86
  switch (isa()) {
    case Isa::kAvx512: return avx512::version;
    case Isa::kAvx2: return avx2::version;
    case Isa::kPlain: break;
  }
#endif
  return plain::version;
}

namespace {

/// Sums of sizes and of their products far below what int64 holds.
constexpr int64_t kMostNumbers = int64_t{1} << 40;

bool too_large(std::initializer_list<int64_t> sizes) {
  int64_t product = 1;
  for (const int64_t size : sizes) {
    if (size != 0 && product > kMostNumbers / size) return true;
    product *= std::max<int64_t>(size, 1);
  }
  return false;
}

Shape shape_of(const drcnn_convolution& call) {
  const Shape shape{call.batch, call.channels, call.outputs, call.height, call.width, call.kernel, call.stride};
  DRCNN_CHECK(
      call.type == drcnn_float32 || call.type == drcnn_float64 || call.type == drcnn_bfloat16,
      "convolution: expected float32, float64 or bfloat16, got ", name_of_type(call.type));
  DRCNN_CHECK(
      shape.batch >= 0 && shape.channels >= 0 && shape.outputs >= 0 && shape.height >= 0 && shape.width >= 0,
      "convolution: sizes must not be negative, got input [", shape.batch, ", ", shape.channels, ", ", shape.height, ", ",
      shape.width, "] and ", shape.outputs, " outputs");
  DRCNN_CHECK(
      shape.kernel > 0 && shape.kernel <= kMostKernel && shape.kernel % 2 == 1, "convolution: kernel must be odd and from 1 to ",
      kMostKernel, ", got ", shape.kernel);
  DRCNN_CHECK(
      shape.stride > 0 && shape.stride <= kMostStride, "convolution: stride must be from 1 to ", kMostStride, ", got ", shape.stride);
  DRCNN_CHECK(
      shape.height < kMostSide && shape.width < kMostSide, "convolution: the map must be smaller than ", kMostSide, " a side, got ",
      shape.height, " x ", shape.width);
  // A map with its padding is numbered with int32.
  DRCNN_CHECK(
      !too_large({shape.batch, shape.channels, shape.height + 2 * kMostKernel, shape.width + 2 * kMostKernel}) &&
          !too_large({shape.batch, shape.outputs, shape.out_height() + kMostKernel, shape.out_width() + kMostKernel}) &&
          !too_large({shape.outputs, shape.channels, shape.taps()}) &&
          (shape.height + 2 * kMostKernel) * (shape.width + 2 * kMostKernel) < INT32_MAX,
      "convolution: input [", shape.batch, ", ", shape.channels, ", ", shape.height, ", ", shape.width, "] with ", shape.outputs,
      " outputs is too large");
  return shape;
}

int64_t numbers_of_output(const Shape& shape) { return shape.batch * shape.outputs * shape.out_pixels(); }
int64_t numbers_of_input(const Shape& shape) { return shape.batch * shape.channels * shape.pixels(); }

/// Whether a sum over nothing is all there is.
bool sums_nothing(const Shape& shape) { return shape.channels == 0; }

template <typename T>
const T* as(const void* values) {
  return static_cast<const T*>(values);
}

bool is_bf16(const drcnn_convolution& call) { return call.type == drcnn_bfloat16; }

/// Adds in double, eight sums at a time in a fixed order.
template <typename T>
double sum_of(const T* values, int64_t count) {
  constexpr int64_t kSums = 8;
  double sums[kSums] = {};
  int64_t i = 0;
  for (; i + kSums <= count; i += kSums) {
    for (int64_t lane = 0; lane < kSums; lane++) sums[lane] += static_cast<computed<T>>(values[i + lane]);
  }
  for (; i < count; i++) sums[i % kSums] += static_cast<computed<T>>(values[i]);
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

template <typename T>
void bias_gradient(const Shape& shape, const T* grad, computed<T>* grad_bias) {
  const int64_t pixels = shape.out_pixels();
  parallel_for(0, shape.outputs, std::max<int64_t>(65536 / std::max<int64_t>(pixels * shape.batch, 1), 1), [&](int64_t begin, int64_t end) {
    for (int64_t o = begin; o < end; o++) {
      double sum = 0;
      for (int64_t n = 0; n < shape.batch; n++) sum += sum_of(grad + (n * shape.outputs + o) * pixels, pixels);
      grad_bias[o] = static_cast<computed<T>>(sum);
    }
  });
}

template <typename T>
void relu_gradient(const Shape& shape, const T* grad, const T* output, T* grad_sums) {
  parallel_for(0, numbers_of_output(shape), 65536, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) grad_sums[i] = output[i] > T(0) ? grad[i] : T(0);
  });
}

}  // namespace
}  // namespace drcnn::conv

using namespace drcnn;
using namespace drcnn::conv;

int32_t drcnn_convolution_forward(
    const drcnn_convolution* call, const void* input, const void* weight, const void* scale, const void* bias,
    const void* residual, void* output) {
  return guarded([&] {
    const Shape shape = shape_of(*call);
    if (numbers_of_output(shape) == 0) return;
    if (is_bf16(*call)) {
      const auto [version, tiles] = bf16::form_of(shape);
      const bf16::Finish finish{as<float>(scale), as<float>(bias), as<uint16_t>(residual), call->relu != 0};
      return version->forward(tiles, shape, as<uint16_t>(input), as<float>(weight), finish, static_cast<uint16_t*>(output));
    }
    if (call->type == drcnn_float64 || sums_nothing(shape)) {
      const auto run = [&](auto* to) {
        using T = std::remove_pointer_t<decltype(to)>;
        forward_plain(
            shape, as<T>(input), as<T>(weight), as<T>(scale), as<T>(bias), as<T>(residual), call->relu != 0, to);
      };
      return call->type == drcnn_float64 ? run(static_cast<double*>(output)) : run(static_cast<float*>(output));
    }
    const Finish finish{as<float>(scale), as<float>(bias), as<float>(residual), call->relu != 0};
    version().forward(shape, as<float>(input), as<float>(weight), finish, static_cast<float*>(output));
  });
}

int32_t drcnn_convolution_input_gradient(
    const drcnn_convolution* call, const void* grad, const void* weight, void* grad_input) {
  return guarded([&] {
    const Shape shape = shape_of(*call);
    if (numbers_of_input(shape) == 0) return;
    if (is_bf16(*call)) {
      const auto [version, tiles] = bf16::form_of(shape);
      return version->input_gradient(tiles, shape, as<uint16_t>(grad), as<float>(weight), static_cast<uint16_t*>(grad_input));
    }
    if (call->type == drcnn_float64) {
      input_gradient_plain(shape, as<double>(grad), as<double>(weight), static_cast<double*>(grad_input));
    } else if (shape.outputs == 0) {
      input_gradient_plain(shape, as<float>(grad), as<float>(weight), static_cast<float*>(grad_input));
    } else {
      version().input_gradient(shape, as<float>(grad), as<float>(weight), static_cast<float*>(grad_input));
    }
  });
}

int32_t drcnn_convolution_weight_gradient(
    const drcnn_convolution* call, const void* input, const void* grad, void* grad_weight) {
  return guarded([&] {
    const Shape shape = shape_of(*call);
    if (shape.outputs * shape.channels == 0) return;
    if (is_bf16(*call) && numbers_of_output(shape) > 0) {
      const auto [version, tiles] = bf16::form_of(shape);
      return version->weight_gradient(tiles, shape, as<uint16_t>(input), as<uint16_t>(grad), static_cast<float*>(grad_weight));
    }
    if (call->type == drcnn_float64) {
      weight_gradient_plain(shape, as<double>(input), as<double>(grad), static_cast<double*>(grad_weight));
    } else if (numbers_of_output(shape) == 0) {
      weight_gradient_plain(shape, as<float>(input), as<float>(grad), static_cast<float*>(grad_weight));
    } else {
      version().weight_gradient(shape, as<float>(input), as<float>(grad), static_cast<float*>(grad_weight));
    }
  });
}

int32_t drcnn_convolution_bias_gradient(const drcnn_convolution* call, const void* grad, void* grad_bias) {
  return guarded([&] {
    const Shape shape = shape_of(*call);
    if (is_bf16(*call)) return bias_gradient(shape, as<BFloat16>(grad), static_cast<float*>(grad_bias));
    if (call->type == drcnn_float64) return bias_gradient(shape, as<double>(grad), static_cast<double*>(grad_bias));
    bias_gradient(shape, as<float>(grad), static_cast<float*>(grad_bias));
  });
}

int32_t drcnn_convolution_relu_gradient(
    const drcnn_convolution* call, const void* grad, const void* output, void* grad_sums) {
  return guarded([&] {
    const Shape shape = shape_of(*call);
    if (call->type == drcnn_float64) {
      return relu_gradient(shape, as<double>(grad), as<double>(output), static_cast<double*>(grad_sums));
    }
    if (is_bf16(*call)) {
      return bf16::form().version->relu_gradient(
          numbers_of_output(shape), as<uint16_t>(grad), as<uint16_t>(output), static_cast<uint16_t*>(grad_sums));
    }
    relu_gradient(shape, as<float>(grad), as<float>(output), static_cast<float*>(grad_sums));
  });
}
