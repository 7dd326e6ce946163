// Deformable convolution on the CPU, forward and backward.
//
// Forward: a task is a tile of output positions of one image: gather its columns, multiply by the packed weight.
// Backward: an image's positions in chunks, three steps a chunk: by tiles, the gradient of the columns, of offsets and
// masks, and the columns themselves; by channels, the gradient of the map; by panels, the gradient of the weight.
// Memory beside inputs and results: a channels-last copy of the map, the packed weight and a tile a thread; backward
// also kChunkBytes, whatever the batch. Determinism: every value is summed by one task, in the order of images,
// positions and taps; tiles and chunks depend on the shapes alone.
#include <ATen/Dispatch.h>
#include <ATen/Parallel.h>
#include <torch/library.h>

#include "matrix_product.h"
#include "tile.h"

namespace drcnn {
namespace deform {
namespace {

constexpr int64_t kTile = 96;              ///< positions, a multiple of the product's rows
constexpr int64_t kChunkBytes = 64 << 20;  ///< of columns and their gradient; at least one tile
constexpr int64_t kScatterChannels = 32;   ///< of a task of the map's gradient: whole cache lines

int64_t tiles_of(int64_t positions) { return (positions + kTile - 1) / kTile; }

/// weight [O, C/G, kernel_h, kernel_w] -> [O, K, C/G], the order of the columns.
at::Tensor by_columns(const at::Tensor& weight) { return weight.permute({0, 2, 3, 1}).contiguous(); }

/// Each group's matrix [rows, columns], packed one after the other.
template <typename T>
std::vector<T> pack_groups(const at::Tensor& matrices, int64_t rows, int64_t columns) {
  const int64_t groups = matrices.size(0), size = packed_size(rows, columns);
  std::vector<T> packed(groups * size);
  const T* from = matrices.data_ptr<T>();
  at::parallel_for(0, groups, 1, [&](int64_t begin, int64_t end) {
    for (int64_t g = begin; g < end; g++) pack(from + g * rows * columns, columns, rows, columns, &packed[g * size]);
  });
  return packed;
}

template <typename T>
void forward(const Call<T>& call, const at::Tensor& weight, const T* bias, T* output) {
  const Shape& shape = call.shape;
  const int64_t inner = shape.group_columns(), outputs = shape.group_outputs(), positions = shape.positions();
  const auto right = pack_groups<T>(
      by_columns(weight).view({shape.groups, outputs, inner}).transpose(1, 2).contiguous(), inner, outputs);
  const int64_t tiles = tiles_of(positions);
  at::parallel_for(0, shape.batch * tiles, 1, [&](int64_t begin, int64_t end) {
    std::vector<T> columns(kTile * shape.columns()), sums(kTile * outputs);
    for (int64_t task = begin; task < end; task++) {
      const int64_t n = task / tiles, first = task % tiles * kTile, count = std::min(kTile, positions - first);
      columns_of(call, n, first, first + count, columns.data());
      for (int64_t g = 0; g < shape.groups; g++) {
        std::fill(sums.begin(), sums.end(), T(0));
        multiply_add(
            count, outputs, inner, columns.data() + g * inner, shape.columns(),
            right.data() + g * packed_size(inner, outputs), sums.data(), outputs);
        for (int64_t o = 0; o < outputs; o++) {
          const int64_t channel = g * outputs + o;
          const T start = bias ? bias[channel] : T(0);
          T* to = output + (n * shape.out_channels + channel) * positions + first;
          for (int64_t p = 0; p < count; p++) to[p] = start + sums[p * outputs + o];
        }
      }
    }
  });
}

/// Where the gradients go; null: not needed.
template <typename T>
struct Gradients {
  T* map;     ///< [N, H, W, C], zeros at the start
  T* weight;  ///< [O, K, C/G], zeros at the start
  T* offset;
  T* mask;
};

/// The positions [begin, end) of image n; columns and grad_columns have room for them.
template <typename T>
void backward_chunk(
    const Call<T>& call, const T* grad, const std::vector<T>& right, int64_t n, int64_t begin, int64_t end, T* columns,
    T* grad_columns, const Gradients<T>& gradients) {
  const Shape& shape = call.shape;
  const int64_t inner = shape.group_columns(), outputs = shape.group_outputs(), positions = shape.positions();
  const int64_t width = shape.columns();
  const T* grad_image = grad + n * shape.out_channels * positions;
  at::parallel_for(0, tiles_of(end - begin), 1, [&](int64_t from, int64_t to) {
    std::vector<T> left(kTile * shape.out_channels);  // grad, [positions, O]
    for (int64_t tile = from; tile < to; tile++) {
      const int64_t first = begin + tile * kTile, count = std::min(kTile, end - first);
      if (gradients.weight) columns_of(call, n, first, first + count, columns + (first - begin) * width);
      if (!gradients.map && !gradients.offset) continue;
      for (int64_t o = 0; o < shape.out_channels; o++) {
        for (int64_t p = 0; p < count; p++) left[p * shape.out_channels + o] = grad_image[o * positions + first + p];
      }
      T* sums = grad_columns + (first - begin) * width;
      std::fill_n(sums, count * width, T(0));
      for (int64_t g = 0; g < shape.groups; g++) {
        multiply_add(
            count, inner, outputs, left.data() + g * outputs, shape.out_channels,
            right.data() + g * packed_size(outputs, inner), sums + g * inner, width);
      }
      if (gradients.offset) fields_of(call, n, first, first + count, sums, gradients.offset, gradients.mask);
    }
  });
  if (gradients.map) {
    std::vector<std::pair<int64_t, Run>> parts;
    for (int64_t group = 0; group < shape.offset_groups; group++) {
      for (const Run& run : call.runs[group]) {
        for (int64_t at = 0; at < run.count; at += kScatterChannels) {
          parts.push_back({group, {run.first + at, std::min(kScatterChannels, run.count - at), run.column + at}});
        }
      }
    }
    at::parallel_for(0, static_cast<int64_t>(parts.size()), 1, [&](int64_t from, int64_t to) {
      for (int64_t i = from; i < to; i++) {
        scatter(call, n, begin, end, parts[i].first, parts[i].second, grad_columns, gradients.map);
      }
    });
  }
  if (gradients.weight) {
    const int64_t panels = (inner + kPanel - 1) / kPanel;
    at::parallel_for(0, shape.groups * panels, 1, [&](int64_t from, int64_t to) {
      std::vector<T> panel((end - begin) * kPanel);
      for (int64_t task = from; task < to; task++) {
        const int64_t g = task / panels, column = task % panels * kPanel, count = std::min(kPanel, inner - column);
        pack(columns + g * inner + column, width, end - begin, count, panel.data());
        multiply_add(
            outputs, count, end - begin, grad_image + g * outputs * positions + begin, positions, panel.data(),
            gradients.weight + g * outputs * inner + column, inner);
      }
    });
  }
}

template <typename T>
void backward(const Call<T>& call, const at::Tensor& weight, const T* grad, const Gradients<T>& gradients) {
  const Shape& shape = call.shape;
  const auto right = pack_groups<T>(
      by_columns(weight).view({shape.groups, shape.group_outputs(), shape.group_columns()}), shape.group_outputs(),
      shape.group_columns());
  const int64_t tile_bytes = 2 * kTile * shape.columns() * static_cast<int64_t>(sizeof(T));
  const int64_t chunk = std::min(std::max<int64_t>(kChunkBytes / tile_bytes, 1), tiles_of(shape.positions())) * kTile;
  // Not cleared: every value is written before it is read.
  const std::unique_ptr<T[]> columns(new T[chunk * shape.columns()]), grad_columns(new T[chunk * shape.columns()]);
  for (int64_t n = 0; n < shape.batch; n++) {
    for (int64_t begin = 0; begin < shape.positions(); begin += chunk) {
      const int64_t end = std::min(begin + chunk, shape.positions());
      backward_chunk(call, grad, right, n, begin, end, columns.get(), grad_columns.get(), gradients);
    }
  }
}

/// grad [N, O, OH, OW] -> its sums over images and positions, [O].
template <typename T>
void bias_gradient(const Shape& shape, const T* grad, T* sums) {
  at::parallel_for(0, shape.out_channels, 1, [&](int64_t begin, int64_t end) {
    for (int64_t o = begin; o < end; o++) {
      double sum = 0;
      for (int64_t n = 0; n < shape.batch; n++) {
        const T* from = grad + (n * shape.out_channels + o) * shape.positions();
        for (int64_t p = 0; p < shape.positions(); p++) sum += from[p];
      }
      sums[o] = static_cast<T>(sum);
    }
  });
}

compat::optional_tensor cast(const compat::optional_tensor& tensor, at::ScalarType type) {
  return tensor.has_value() ? compat::optional_tensor(tensor->to(type)) : tensor;
}

at::ScalarType compute_type(const at::Tensor& input) {
  return input.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
}

}  // namespace
}  // namespace deform

at::Tensor deform_conv2d_cpu(
    const at::Tensor& input, const at::Tensor& weight, const at::Tensor& offset, const compat::optional_tensor& mask,
    const compat::optional_tensor& bias, int64_t stride_h, int64_t stride_w, int64_t pad_h, int64_t pad_w,
    int64_t dil_h, int64_t dil_w, int64_t groups, int64_t offset_groups) {
  const auto shape = deform::check_arguments(
      input, weight, offset, mask, bias, {stride_h, stride_w, pad_h, pad_w, dil_h, dil_w, groups, offset_groups});
  const auto type = deform::compute_type(input);
  auto output = at::empty({shape.batch, shape.out_channels, shape.out_h, shape.out_w}, input.options().dtype(type));
  AT_DISPATCH_FLOATING_TYPES(type, "deform_conv2d", [&] {
    const deform::Call<scalar_t> call(shape, input.to(type), offset.to(type), deform::cast(mask, type));
    const auto start = bias.has_value() ? bias->to(type).contiguous() : at::Tensor();
    deform::forward<scalar_t>(
        call, weight.to(type), start.defined() ? start.data_ptr<scalar_t>() : nullptr, output.data_ptr<scalar_t>());
  });
  return output.to(input.scalar_type());
}

DeformConvGradients deform_conv2d_backward_cpu(
    const at::Tensor& grad, const at::Tensor& input, const at::Tensor& weight, const at::Tensor& offset,
    const compat::optional_tensor& mask, int64_t stride_h, int64_t stride_w, int64_t pad_h, int64_t pad_w,
    int64_t dil_h, int64_t dil_w, int64_t groups, int64_t offset_groups, bool needs_input, bool needs_weight,
    bool needs_offset, bool needs_bias) {
  const auto shape = deform::check_arguments(
      input, weight, offset, mask, {}, {stride_h, stride_w, pad_h, pad_w, dil_h, dil_w, groups, offset_groups});
  deform::check_map("the output's gradient", grad, shape, shape.out_channels);
  const auto type = deform::compute_type(input), given = input.scalar_type();
  const auto options = input.options().dtype(type);
  at::Tensor map, columns, offsets, masks, sums;
  if (needs_input) map = at::zeros({shape.batch, shape.height, shape.width, shape.channels}, options);
  if (needs_weight) columns = at::zeros({shape.out_channels, shape.kernel_h, shape.kernel_w, weight.size(1)}, options);
  if (needs_offset) offsets = at::empty(offset.sizes(), options);
  if (needs_offset && mask.has_value()) masks = at::empty(mask->sizes(), options);
  if (needs_bias) sums = at::empty({shape.out_channels}, options);
  AT_DISPATCH_FLOATING_TYPES(type, "_deform_conv2d_backward", [&] {
    const auto pointer = [](const at::Tensor& tensor) {
      return tensor.defined() ? tensor.data_ptr<scalar_t>() : nullptr;
    };
    const deform::Call<scalar_t> call(shape, input.to(type), offset.to(type), deform::cast(mask, type));
    const auto outer = grad.to(type).contiguous();
    if (needs_input || needs_weight || needs_offset) {
      deform::backward<scalar_t>(
          call, weight.to(type), pointer(outer), {pointer(map), pointer(columns), pointer(offsets), pointer(masks)});
    }
    if (needs_bias) deform::bias_gradient(shape, pointer(outer), pointer(sums));
  });
  if (needs_input) map = map.permute({0, 3, 1, 2}).contiguous();
  if (needs_weight) columns = columns.permute({0, 3, 1, 2}).contiguous();
  for (at::Tensor* gradient : {&map, &columns, &offsets, &masks, &sums}) {
    if (gradient->defined()) *gradient = gradient->to(given);
  }
  return {map, columns, offsets, masks, sums};
}

}  // namespace drcnn

TORCH_LIBRARY_IMPL(dynamic_rcnn, CPU, m) {
  m.impl("deform_conv2d", drcnn::deform_conv2d_cpu);
  m.impl("_deform_conv2d_backward", drcnn::deform_conv2d_backward_cpu);
}
