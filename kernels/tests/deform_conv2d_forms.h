// One deformable convolution with drawn arguments, computed by each of its forms: the plain one in float64, the CPU's, and the parts for CUDA
// with plain products and a sort between them.
#pragma once

#include <algorithm>
#include <array>
#include <sstream>

#include "../common/types.h"
#include "../deform_conv2d/deform_conv2d_plain.h"
#include "check.h"

namespace drcnn::tests::deform_forms {

using deform::Shape;

template <typename T>
struct Arguments {
  Shape shape;
  bool masked, biased;
  Values<T> input, weight, offset, mask, bias, grad;

  const T* masks() const { return masked ? mask.data() : nullptr; }
  const T* start() const { return biased ? bias.data() : nullptr; }
};

/// The output and the gradients of the arguments.
enum Part { kOutput, kInput, kWeight, kOffset, kMask, kBias, kParts };
constexpr const char* kNames[kParts] = {"the output",             "the gradient of input", "the gradient of weight",
                                        "the gradient of offset", "the gradient of mask",  "the gradient of bias"};
template <typename T>
using Results = std::array<Values<T>, kParts>;

template <typename T>
Results<T> unwritten_results(const Arguments<T>& given) {
  const auto like = [](const Values<T>& values) { return unwritten<T>(static_cast<int64_t>(values.size())); };
  return {like(given.grad), like(given.input), like(given.weight), like(given.offset), like(given.mask), like(given.bias)};
}

template <typename T>
Arguments<T> drawn(const drcnn_deform_conv2d& call, Draw& draw, double spread, bool masked = true, bool biased = true) {
  Arguments<T> given{deform::shape_of(call), masked, biased, {}, {}, {}, {}, {}, {}};
  const Shape& s = given.shape;
  const int64_t fields = s.batch * s.samples() * s.positions();
  given.shape.type = kTypeOf<T>;
  given.input = draw.values<T>(s.batch * s.channels * s.pixels());
  given.weight = draw.values<T>(s.outputs * s.group_columns());
  given.offset = draw.values<T>(2 * fields, -spread, spread);
  // Multiples of 2^-10: float32 has the positions exactly, so that float32 and float64 look at the same pixels.
  for (T& offset : given.offset) offset = std::round(offset * 1024) / 1024;
  if (masked) given.mask = draw.values<T>(fields, 0, 1);
  given.bias = draw.values<T>(s.outputs);
  given.grad = draw.values<T>(s.batch * s.outputs * s.positions());
  return given;
}

template <typename T>
std::string text(const Arguments<T>& given) {
  const Shape& s = given.shape;
  std::ostringstream out;
  out << "deform_conv2d [" << s.batch << ", " << s.channels << ", " << s.height << ", " << s.width << "] -> " << s.outputs
      << ", kernel " << s.kernel_h << " x " << s.kernel_w << ", stride " << s.stride_h << ", " << s.stride_w << ", groups "
      << s.groups << " and " << s.offset_groups << (given.masked ? "" : ", no mask") << (given.biased ? ", " : ", no bias, ")
      << name_of_type(kTypeOf<T>);
  return out.str();
}

template <typename T>
Results<double> plain(const Arguments<T>& given) {
  const Arguments<double> wide{
      given.shape, given.masked, given.biased, as<double>(given.input), as<double>(given.weight), as<double>(given.offset),
      as<double>(given.mask), as<double>(given.bias), as<double>(given.grad)};
  auto found = unwritten_results(wide);
  deform::plain::forward(
      wide.shape, wide.input.data(), wide.weight.data(), wide.offset.data(), wide.masks(), wide.start(), found[kOutput].data());
  deform::plain::backward(
      wide.shape, wide.grad.data(), wide.input.data(), wide.weight.data(), wide.offset.data(), wide.masks(),
      found[kInput].data(), found[kWeight].data(), found[kOffset].data(), found[kMask].data(), found[kBias].data());
  return found;
}

/// wanted: a bit for each part; the others are NULL and stay empty.
template <typename T>
Results<T> fast(const Arguments<T>& given, int threads, unsigned wanted = ~0u) {
  use_threads(threads);
  auto found = unwritten_results(given);
  T* to[kParts];
  for (int part = 0; part < kParts; part++) {
    if ((wanted >> part & 1) == 0) found[part] = {};
    to[part] = found[part].empty() ? nullptr : found[part].data();
  }
  if ((wanted >> kOutput & 1) != 0) {
    done(
        drcnn_deform_conv2d_forward(
            &given.shape, given.input.data(), given.weight.data(), given.offset.data(), given.masks(), given.start(), to[kOutput]),
        text(given));
  }
  done(
      drcnn_deform_conv2d_backward(
          &given.shape, given.grad.data(), given.input.data(), given.weight.data(), given.offset.data(), given.masks(),
          to[kInput], to[kWeight], to[kOffset], to[kMask], to[kBias]),
      text(given) + ": backward");
  return found;
}

/// [N, rows, columns] -> [N, columns, rows].
template <typename T>
Values<T> transposed(const Values<T>& values, int64_t rows, int64_t columns) {
  Values<T> turned(values.size());
  for (int64_t i = 0; i < static_cast<int64_t>(values.size()); i++) {
    const int64_t n = i / (rows * columns), row = i / columns % rows, column = i % columns;
    turned[(n * columns + column) * rows + row] = values[i];
  }
  return turned;
}

/// Calls visit(place in weight [O, C/G, K], in columns [G, N OH OW, K, C/G], in output [N, O, OH, OW]) for every product.
template <typename Visit>
void each_product(const Shape& s, const Visit& visit) {
  const int64_t rows = s.batch * s.positions(), inner = s.group_columns(), width = s.group_channels();
  for (int64_t o = 0; o < s.outputs; o++) {
    for (int64_t row = 0; row < rows; row++) {
      const int64_t column = (o / s.group_outputs() * rows + row) * inner;
      const int64_t output = (row / s.positions() * s.outputs + o) * s.positions() + row % s.positions();
      for (int64_t i = 0; i < inner; i++) visit((o * width + i % width) * s.taps() + i / width, column + i, output);
    }
  }
}

/// What a host does with the parts for CUDA; the gradient of bias is none of them.
template <typename T>
Results<T> on_device(const Arguments<T>& given, bool backwards) {
  const Shape& s = given.shape;
  const auto good = [&](int32_t status) {
    check(status == 0, text(given) + ": on the device: " + (status == 0 ? "" : drcnn_cuda_error()));
  };
  drcnn_shim_backwards(backwards);
  auto found = unwritten_results(given);
  const auto map = transposed(given.input, s.channels, s.pixels());
  auto columns = unwritten<T>(s.batch * s.positions() * s.columns());
  good(drcnn_cuda_deform_columns(&s, map.data(), given.offset.data(), given.masks(), columns.data(), nullptr));

  Values<T> grad_columns(columns.size());
  auto &outputs = found[kOutput], &grad_weight = found[kWeight];
  std::fill(grad_weight.begin(), grad_weight.end(), T(0));
  for (int64_t i = 0; i < static_cast<int64_t>(outputs.size()); i++) {
    outputs[i] = given.biased ? given.bias[i / s.positions() % s.outputs] : T(0);
  }
  each_product(s, [&](int64_t weight, int64_t column, int64_t output) {
    outputs[output] += given.weight[weight] * columns[column];
    grad_weight[weight] += given.grad[output] * columns[column];
    grad_columns[column] += given.grad[output] * given.weight[weight];
  });
  good(drcnn_cuda_deform_offset_gradient(
      &s, map.data(), given.offset.data(), given.masks(), grad_columns.data(), found[kOffset].data(),
      given.masked ? found[kMask].data() : nullptr, nullptr));

  const int64_t corners = drcnn_cuda_deform_corner_count(&s);
  check(corners == 4 * s.batch * s.samples() * s.positions(), text(given) + ": the number of corners");
  Values<int32_t> pixels(corners, -77), sorted(corners);
  Values<int64_t> order(corners);
  auto factors = unwritten<T>(corners), grad_map = unwritten<T>(static_cast<int64_t>(map.size()));
  good(drcnn_cuda_deform_corners(&s, given.offset.data(), given.masks(), pixels.data(), factors.data(), nullptr));
  for (int64_t i = 0; i < corners; i++) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return pixels[a] < pixels[b]; });
  for (int64_t i = 0; i < corners; i++) sorted[i] = pixels[order[i]];
  good(drcnn_cuda_deform_input_gradient(
      &s, sorted.data(), order.data(), factors.data(), grad_columns.data(), grad_map.data(), nullptr));
  found[kInput] = transposed(grad_map, s.pixels(), s.channels);
  return found;
}

}  // namespace drcnn::tests::deform_forms
