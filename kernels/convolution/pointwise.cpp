// A 1x1 convolution as a matrix product: weight [O, C] times the map [C, pixels]. A task packs a few panels of pixels and
// multiplies them with a part of the outputs; what a task sums does not depend on how many tasks there are.
#include <algorithm>
#include <cstring>
#include <memory>

#include "../task_queue.h"
#include "convolution.h"
#include "finish.h"
#include "product.h"

namespace drcnn::conv {
namespace {

constexpr int64_t kGroup = 12 * kPanel;    ///< pixels of a task at most
constexpr int64_t kGroupFloats = 96 * 1024;  ///< of its packed pixels, which stay in the second-level cache
constexpr int64_t kOutputBlock = 16 * kOutputRows;
constexpr int64_t kTasks = 32;        ///< so many at least, where the outputs can be divided
constexpr int64_t kPackedFrom = 512;  ///< pixels from which it repays to pack the weight as well

/// The sizes of the maps before and after.
struct Maps {
  int64_t batch, channels, outputs, in_height, in_width, height, width, stride;

  int64_t pixels() const { return height * width; }
  int64_t in_pixels() const { return in_height * in_width; }
};

/// Rounded up; without a sum that a large divisor could make too large.
int64_t divided(int64_t count, int64_t by) { return count == 0 ? 0 : (count - 1) / by + 1; }

/// Pixels [first, first + count) of a map -> panels [C, kPanel], filled with 0.
DRCNN_VECTORISED void pack(const Maps& maps, const float* map, int64_t first, int64_t count, float* packed) {
  int64_t places[kGroup] = {};
  if (maps.stride > 1) {
    for (int64_t i = 0; i < count; i++) {
      const int64_t pixel = first + i;
      places[i] = (pixel / maps.width * maps.in_width + pixel % maps.width) * maps.stride;
    }
  }
  const int64_t panel_size = maps.channels * kPanel;
  for (int64_t channel = 0; channel < maps.channels; channel++, map += maps.in_pixels(), packed += kPanel) {
    for (int64_t start = 0; start < count; start += kPanel) {
      float* __restrict to = packed + start / kPanel * panel_size;
      const int64_t here = std::min(kPanel, count - start);
      if (maps.stride > 1) {
        for (int64_t i = 0; i < here; i++) to[i] = map[places[start + i]];
      } else if (here == kPanel) {
        std::memcpy(to, map + first + start, kPanel * sizeof(float));
      } else {
        std::copy_n(map + first + start, here, to);
      }
      if (here < kPanel) std::fill(to + here, to + kPanel, 0.f);
    }
  }
}

DRCNN_VECTORISED void finish_block(
    const Maps& maps, const Finish& finish, int64_t image, int64_t output, int64_t outputs, int64_t first,
    int64_t count, const float* sums, int64_t sums_stride, float* to) {
  for (int64_t o = output; o < output + outputs; o++, sums += sums_stride) {
    const int64_t place = (image * maps.outputs + o) * maps.pixels() + first;
    const float* residual = finish.residual == nullptr ? nullptr : finish.residual + place;
    finish_row(sums, count, finish.of(o), residual, to + place);
  }
}

/// A weight [O, C], or its transpose, whose values lie so far apart.
struct Weight {
  const float* data;
  int64_t output_stride, input_stride;
};

/// As the product wants it; `packed` owns it where it is not the weight itself.
Left left_of(const Maps& maps, const Weight& weight, at::Tensor& packed, const at::TensorOptions& options) {
  if (weight.input_stride == 1 && maps.batch * maps.pixels() < kPackedFrom) return {weight.data, false};
  packed = at::empty({row_blocks_of(maps.outputs) * kOutputRows * maps.channels}, options);
  auto* to = packed.data_ptr<float>();
  at::parallel_for(0, row_blocks_of(maps.outputs), 1, [&](int64_t begin, int64_t end) {
    pack_rows(
        weight.data, weight.output_stride, weight.input_stride, maps.outputs, maps.channels, begin, end, to);
  });
  return {to, true};
}

void multiply_all(const Maps& maps, const float* input, const Left& weight, const Finish& finish, float* output) {
  const int64_t size = std::clamp(kGroupFloats / maps.channels / kPanel * kPanel, kPanel, kGroup);
  const int64_t groups = divided(maps.pixels(), size), all_groups = maps.batch * groups;
  const int64_t parts = std::min(divided(kTasks, all_groups), divided(maps.outputs, kOutputBlock));
  const int64_t part = divided(divided(maps.outputs, parts), kOutputRows) * kOutputRows;
  share_tasks(all_groups * parts, [&](TaskQueue& queue) {
    // Not cleared: every value is written before it is read.
    const std::unique_ptr<float[]> packed(new float[maps.channels * size]), sums(new float[kOutputBlock * size]);
    int64_t group_at_hand = -1;
    queue.each([&](int64_t task) {
      const int64_t group = task / parts, image = group / groups, first = group % groups * size;
      const int64_t count = std::min(size, maps.pixels() - first);
      if (group != group_at_hand) {
        pack(maps, input + image * maps.channels * maps.in_pixels(), first, count, packed.get());
        group_at_hand = group;
      }
      const int64_t from = task % parts * part, to = std::min(from + part, maps.outputs);
      for (int64_t o = from; o < to; o += kOutputBlock) {
        const int64_t rows = std::min(kOutputBlock, to - o);
        multiply(
            rows, maps.channels, panels_of(count), weight.from(o, maps.channels), packed.get(), sums.get(), size);
        finish_block(maps, finish, image, o, rows, first, count, sums.get(), size, output);
      }
    });
  });
}

at::Tensor run(const Maps& maps, const at::Tensor& input, const Weight& weight, const Finish& finish) {
  auto output = at::empty({maps.batch, maps.outputs, maps.height, maps.width}, input.options());
  if (output.numel() > 0) {
    at::Tensor packed;
    const Left left = left_of(maps, weight, packed, input.options());
    multiply_all(maps, input.data_ptr<float>(), left, finish, output.data_ptr<float>());
  }
  return output;
}

}  // namespace

bool pointwise_repays() {
#if defined(__x86_64__) && defined(__GNUC__)
  static const bool repays = __builtin_cpu_supports("fma") && !__builtin_cpu_supports("avx512f");
  return repays;
#else
  return false;
#endif
}

at::Tensor pointwise(const at::Tensor& input, const at::Tensor& weight, int64_t stride, const Finish& finish) {
  const int64_t height = input.size(2), width = input.size(3);
  const Maps maps{
      input.size(0), input.size(1), weight.size(0), height, width, divided(height, stride), divided(width, stride),
      stride};
  return run(maps, input, {weight.data_ptr<float>(), weight.size(1), 1}, finish);
}

at::Tensor pointwise_gradient(const at::Tensor& grad, const at::Tensor& weight) {
  const int64_t height = grad.size(2), width = grad.size(3);
  const Maps maps{grad.size(0), weight.size(0), weight.size(1), height, width, height, width, 1};
  return run(maps, grad, {weight.data_ptr<float>(), 1, weight.size(1)}, {});
}

}  // namespace drcnn::conv
