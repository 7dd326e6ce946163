// A 1x1 convolution as a matrix product: weight [O, C] times the map [C, pixels]. A task packs a few panels of pixels and
// multiplies them with a part of the outputs; what a task sums does not depend on how many tasks there are.
#include <ATen/Parallel.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "convolution.h"
#include "finish.h"
#include "product.h"

namespace drcnn::conv {
namespace {

constexpr int64_t kGroup = 12 * kPanel;  ///< pixels of a task
constexpr int64_t kTasks = 32;          ///< so many at least, where the outputs can be divided

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
    int64_t count, const float* sums, float* to) {
  for (int64_t o = output; o < output + outputs; o++, sums += kGroup) {
    const int64_t place = (image * maps.outputs + o) * maps.pixels() + first;
    const float* residual = finish.residual == nullptr ? nullptr : finish.residual + place;
    finish_row(sums, count, finish.bias == nullptr ? 0.f : finish.bias[o], residual, finish.relu, to + place);
  }
}

void multiply_all(const Maps& maps, const float* input, const float* weight, const Finish& finish, float* output) {
  const int64_t groups = divided(maps.pixels(), kGroup), all_groups = maps.batch * groups;
  const int64_t parts = std::min(divided(kTasks, all_groups), divided(maps.outputs, kOutputBlock));
  const int64_t part = divided(divided(maps.outputs, parts), kOutputRows) * kOutputRows;
  at::parallel_for(0, all_groups * parts, 1, [&](int64_t begin, int64_t end) {
    // Not cleared: every value is written before it is read.
    const std::unique_ptr<float[]> packed(new float[maps.channels * kGroup]), sums(new float[kOutputBlock * kGroup]);
    for (int64_t task = begin; task < end; task++) {
      const int64_t image = task / parts / groups, first = task / parts % groups * kGroup;
      const int64_t count = std::min(kGroup, maps.pixels() - first);
      if (task == begin || task % parts == 0) {
        pack(maps, input + image * maps.channels * maps.in_pixels(), first, count, packed.get());
      }
      const int64_t from = task % parts * part, to = std::min(from + part, maps.outputs);
      for (int64_t o = from; o < to; o += kOutputBlock) {
        const int64_t rows = std::min(kOutputBlock, to - o);
        multiply(
            rows, maps.channels, divided(count, kPanel), weight + o * maps.channels, packed.get(), sums.get(),
            kGroup);
        finish_block(maps, finish, image, o, rows, first, count, sums.get(), output);
      }
    }
  });
}

at::Tensor run(const Maps& maps, const at::Tensor& input, const at::Tensor& weight, const Finish& finish) {
  auto output = at::empty({maps.batch, maps.outputs, maps.height, maps.width}, input.options());
  if (output.numel() > 0) {
    multiply_all(
        maps, input.data_ptr<float>(), weight.data_ptr<float>(), finish, output.data_ptr<float>());
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
  return run(maps, input, weight, finish);
}

at::Tensor pointwise_gradient(const at::Tensor& grad, const at::Tensor& weight) {
  const int64_t height = grad.size(2), width = grad.size(3);
  const Maps maps{grad.size(0), weight.size(0), weight.size(1), height, width, height, width, 1};
  return run(maps, grad, weight.view({weight.size(0), weight.size(1)}).t().contiguous(), {nullptr, nullptr, false});
}

}  // namespace drcnn::conv
