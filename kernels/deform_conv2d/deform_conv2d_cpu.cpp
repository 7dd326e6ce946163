// Deformable convolution on the CPU, forward and backward, as deform_conv2d_plain.h says.
//
// Forward: a task is a tile of output positions of one image: gather its columns, multiply by the packed weight.
// Backward: an image's positions in chunks, three steps a chunk: by tiles, the gradient of the columns, of offsets and
// masks, and the columns themselves; by channels, the gradient of the map; by panels, the gradient of the weight.
// Memory beside inputs and results: a channels-last copy of the map, the packed weight and a tile a thread; backward
// also the gradients of an image and of the weight in that layout, and kChunkBytes, whatever the batch. Determinism:
// every value is summed by one task, in the order of images, positions and taps; tiles and chunks depend on the shapes
// alone.
#include "../common/task_queue.h"
#include "../common/types.h"
#include "matrix_product.h"
#include "memory.h"
#include "tile.h"

namespace drcnn::deform {
namespace {

constexpr int64_t kTile = 96;              ///< positions, a multiple of the product's rows
constexpr int64_t kChunkBytes = 64 << 20;  ///< of columns and their gradient; at least one tile
constexpr int64_t kScatterChannels = 32;   ///< of a task of the map's gradient: whole cache lines

int64_t tiles_of(int64_t positions) { return ceil_div(positions, kTile); }

/// map [N, C, H, W] -> [N, H, W, C].
template <typename T>
Memory<T> channels_last(const Shape& shape, const T* map) {
  auto last = memory_for<T>(shape.batch * shape.pixels() * shape.channels);
  transpose_each(shape.batch, shape.channels, shape.pixels(), map, last.get());
  return last;
}

/// weight [O, C/G, K] -> [O, K, C/G], the order of the columns.
template <typename T>
Memory<T> by_columns(const Shape& shape, const T* weight) {
  auto ordered = memory_for<T>(shape.outputs * shape.group_columns());
  transpose_each(shape.outputs, shape.group_channels(), shape.taps(), weight, ordered.get());
  return ordered;
}

/// The matrix [rows, columns] of each group, packed one after the other.
template <typename T>
Memory<T> pack_groups(int64_t groups, const T* matrices, int64_t rows, int64_t columns) {
  const int64_t size = packed_size(rows, columns);
  auto packed = memory_for<T>(groups * size);
  parallel_for(0, groups, 1, [&](int64_t begin, int64_t end) {
    for (int64_t g = begin; g < end; g++) pack(matrices + g * rows * columns, columns, rows, columns, &packed[g * size]);
  });
  return packed;
}

template <typename T>
void forward(const Call<T>& call, const T* weight, const T* bias, T* output) {
  const Shape& shape = call.shape;
  const int64_t inner = shape.group_columns(), outputs = shape.group_outputs(), positions = shape.positions();
  auto turned = memory_for<T>(shape.outputs * inner);  // [G, K C/G, O/G]
  transpose_each(shape.groups, outputs, inner, by_columns(shape, weight).get(), turned.get());
  const auto right = pack_groups(shape.groups, turned.get(), inner, outputs);
  const int64_t tiles = tiles_of(positions);
  share_tasks(shape.batch * tiles, [&](TaskQueue& queue) {
    const auto columns = memory_for<T>(kTile * shape.columns()), sums = memory_for<T>(kTile * outputs);
    queue.each([&](int64_t task) {
      const int64_t n = task / tiles, first = task % tiles * kTile, count = std::min(kTile, positions - first);
      columns_of(call, n, first, first + count, columns.get());
      for (int64_t g = 0; g < shape.groups; g++) {
        std::fill_n(sums.get(), count * outputs, T(0));
        multiply_add(
            count, outputs, inner, columns.get() + g * inner, shape.columns(),
            right.get() + g * packed_size(inner, outputs), sums.get(), outputs);
        for (int64_t o = 0; o < outputs; o++) {
          const int64_t channel = g * outputs + o;
          const T start = bias != nullptr ? bias[channel] : T(0);
          T* to = output + (n * shape.outputs + channel) * positions + first;
          for (int64_t p = 0; p < count; p++) to[p] = start + sums[p * outputs + o];
        }
      }
    });
  });
}

/// Where the gradients go; null: not needed.
template <typename T>
struct Gradients {
  T* map;     ///< [H, W, C] of one image, zeros at its start
  T* weight;  ///< [O, K, C/G], zeros at the start
  T* offset;
  T* mask;

  bool of_columns() const { return map != nullptr || offset != nullptr || mask != nullptr; }
};

/// The memory of a chunk, [positions, G, K, C/G] each; null: not needed.
template <typename T>
struct Chunk {
  Memory<T> columns, grad_columns;
};

/// columns and their gradient at the positions [begin, end) of image n, and from it that of offsets and masks.
template <typename T>
void column_gradients(
    const Call<T>& call, const T* grad, const T* right, int64_t n, int64_t begin, int64_t end, const Chunk<T>& chunk,
    const Gradients<T>& gradients) {
  const Shape& shape = call.shape;
  const int64_t inner = shape.group_columns(), outputs = shape.group_outputs(), width = shape.columns();
  share_tasks(tiles_of(end - begin), [&](TaskQueue& queue) {
    const auto left = memory_for<T>(kTile * shape.outputs);  // grad, [positions, O]
    queue.each([&](int64_t tile) {
      const int64_t first = begin + tile * kTile, count = std::min(kTile, end - first), at = tile * kTile * width;
      if (gradients.weight != nullptr) columns_of(call, n, first, first + count, chunk.columns.get() + at);
      if (!gradients.of_columns()) return;
      transpose(grad + first, shape.positions(), shape.outputs, count, left.get(), shape.outputs);
      T* sums = chunk.grad_columns.get() + at;
      std::fill_n(sums, count * width, T(0));
      for (int64_t g = 0; g < shape.groups; g++) {
        multiply_add(
            count, inner, outputs, left.get() + g * outputs, shape.outputs, right + g * packed_size(outputs, inner),
            sums + g * inner, width);
      }
      if (gradients.offset != nullptr || gradients.mask != nullptr) {
        fields_of(call, n, first, first + count, sums, gradients.offset, gradients.mask);
      }
    });
  });
}

/// Adds what the positions [begin, end) of image n send to its map.
template <typename T>
void map_gradient(
    const Call<T>& call, int64_t n, int64_t begin, int64_t end, const T* grad_columns, T* grad_map) {
  std::vector<std::pair<int64_t, Run>> pieces;
  for (int64_t group = 0; group < call.shape.offset_groups; group++) {
    for (const Run& run : call.runs[group]) {
      for (int64_t at = 0; at < run.count; at += kScatterChannels) {
        pieces.push_back({group, {run.first + at, std::min(kScatterChannels, run.count - at), run.column + at}});
      }
    }
  }
  parallel_for(0, static_cast<int64_t>(pieces.size()), 1, [&](int64_t from, int64_t to) {
    for (int64_t i = from; i < to; i++) scatter(call, n, begin, end, pieces[i].first, pieces[i].second, grad_columns, grad_map);
  });
}

/// Adds what the positions [begin, end), of an image with the gradient grad [O, OH, OW], send to the weight.
template <typename T>
void weight_gradient(
    const Shape& shape, const T* grad, int64_t begin, int64_t end, const T* columns, T* grad_weight) {
  const int64_t inner = shape.group_columns(), outputs = shape.group_outputs(), positions = shape.positions();
  const int64_t panels = ceil_div(inner, kPanel);
  share_tasks(shape.groups * panels, [&](TaskQueue& queue) {
    const auto panel = memory_for<T>((end - begin) * kPanel);
    queue.each([&](int64_t task) {
      const int64_t g = task / panels, column = task % panels * kPanel, count = std::min(kPanel, inner - column);
      pack(columns + g * inner + column, shape.columns(), end - begin, count, panel.get());
      multiply_add(
          outputs, count, end - begin, grad + g * outputs * positions + begin, positions, panel.get(),
          grad_weight + g * outputs * inner + column, inner);
    });
  });
}

/// grad_input [N, C, H, W]; of gradients the map is memory for one image.
template <typename T>
void backward(
    const Call<T>& call, const T* weight, const T* grad, const Gradients<T>& gradients, T* grad_input) {
  const Shape& shape = call.shape;
  const int64_t positions = shape.positions(), pixels = shape.pixels(), channels = shape.channels;
  const auto right = pack_groups(shape.groups, by_columns(shape, weight).get(), shape.group_outputs(), shape.group_columns());
  const int64_t tile_bytes = 2 * kTile * shape.columns() * static_cast<int64_t>(sizeof(T));
  const int64_t size = std::min(std::max<int64_t>(kChunkBytes / tile_bytes, 1), tiles_of(positions)) * kTile;
  Chunk<T> chunk;
  if (gradients.weight != nullptr) chunk.columns = memory_for<T>(size * shape.columns());
  if (gradients.of_columns()) chunk.grad_columns = memory_for<T>(size * shape.columns());
  for (int64_t n = 0; n < shape.batch; n++) {
    const T* of_image = grad + n * shape.outputs * positions;
    if (gradients.map != nullptr) std::fill_n(gradients.map, pixels * channels, T(0));
    for (int64_t begin = 0; begin < positions; begin += size) {
      const int64_t end = std::min(begin + size, positions);
      column_gradients(call, of_image, right.get(), n, begin, end, chunk, gradients);
      if (gradients.map != nullptr) map_gradient(call, n, begin, end, chunk.grad_columns.get(), gradients.map);
      if (gradients.weight != nullptr) {
        weight_gradient(shape, of_image, begin, end, chunk.columns.get(), gradients.weight);
      }
    }
    if (gradients.map != nullptr) transpose_each(1, pixels, channels, gradients.map, grad_input + n * channels * pixels);
  }
}

/// grad [N, O, OH, OW] -> its sums over images and positions, [O].
template <typename T>
void bias_gradient(const Shape& shape, const T* grad, T* sums) {
  parallel_for(0, shape.outputs, 1, [&](int64_t begin, int64_t end) {
    for (int64_t o = begin; o < end; o++) {
      double sum = 0;
      for (int64_t n = 0; n < shape.batch; n++) {
        const T* from = grad + (n * shape.outputs + o) * shape.positions();
        for (int64_t p = 0; p < shape.positions(); p++) sum += from[p];
      }
      sums[o] = static_cast<T>(sum);
    }
  });
}

template <typename T>
void all_gradients(
    const Shape& shape, const T* grad, const T* input, const T* weight, const T* offset, const T* mask, T* grad_input,
    T* grad_weight, T* grad_offset, T* grad_mask) {
  const auto map = channels_last(shape, input);
  Memory<T> map_sums, weight_sums;
  if (grad_input != nullptr) map_sums = memory_for<T>(shape.pixels() * shape.channels);
  if (grad_weight != nullptr) {
    weight_sums = memory_for<T>(shape.outputs * shape.group_columns());
    std::fill_n(weight_sums.get(), shape.outputs * shape.group_columns(), T(0));
  }
  backward(
      Call<T>(shape, map.get(), offset, mask), weight, grad, {map_sums.get(), weight_sums.get(), grad_offset, grad_mask},
      grad_input);
  if (grad_weight != nullptr) {
    transpose_each(shape.outputs, shape.taps(), shape.group_channels(), weight_sums.get(), grad_weight);
  }
}

/// body(the sizes, a number of the call's type), after all checks.
template <typename Body>
void checked(const drcnn_deform_conv2d& call, const Body& body) {
  isa();
  const Shape shape = shape_of(call);
  by_type<float, double>("deform_conv2d: type", call.type, [&](auto number) { body(shape, number); });
}

}  // namespace
}  // namespace drcnn::deform

int32_t drcnn_deform_conv2d_forward(
    const drcnn_deform_conv2d* call, const void* input, const void* weight, const void* offset, const void* mask,
    const void* bias, void* output) {
  return drcnn::guarded([&] {
    drcnn::deform::checked(*call, [&](const auto& shape, auto number) {
      using T = decltype(number);
      const auto of = [](const void* values) { return static_cast<const T*>(values); };
      const auto map = drcnn::deform::channels_last(shape, of(input));
      const drcnn::deform::Call<T> made(shape, map.get(), of(offset), of(mask));
      drcnn::deform::forward(made, of(weight), of(bias), static_cast<T*>(output));
    });
  });
}

int32_t drcnn_deform_conv2d_backward(
    const drcnn_deform_conv2d* call, const void* grad, const void* input, const void* weight, const void* offset,
    const void* mask, void* grad_input, void* grad_weight, void* grad_offset, void* grad_mask, void* grad_bias) {
  return drcnn::guarded([&] {
    drcnn::deform::checked(*call, [&](const auto& shape, auto number) {
      using T = decltype(number);
      const auto of = [](const void* values) { return static_cast<const T*>(values); };
      const auto to = [](void* values) { return static_cast<T*>(values); };
      drcnn::deform::check_masks(mask, grad_mask);
      if (grad_input != nullptr || grad_weight != nullptr || grad_offset != nullptr || grad_mask != nullptr) {
        drcnn::deform::all_gradients(
            shape, of(grad), of(input), of(weight), of(offset), of(mask), to(grad_input), to(grad_weight), to(grad_offset),
            to(grad_mask));
      }
      if (grad_bias != nullptr) drcnn::deform::bias_gradient(shape, of(grad), to(grad_bias));
    });
  });
}
