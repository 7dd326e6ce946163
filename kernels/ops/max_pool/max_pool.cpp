// The maximum of square windows. Float32 on the CPU without a gradient, as behind a frozen stem: a row's windows are the maxima of
// whole rows and then of neighbours, in vectors; the library, which remembers where each maximum was, takes several times as long.
// Everything else is at::max_pool2d. The same values: NaN is larger than any number.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/library.h>

#include <algorithm>
#include <limits>
#include <memory>

#include "../vectorised.h"

namespace drcnn {
namespace {

struct Window {
  int64_t side, stride, padding;

  int64_t outputs(int64_t size) const { return (size + 2 * padding - side) / stride + 1; }
};

DRCNN_INLINE void take_larger(const float* __restrict from, int64_t count, float* __restrict to) {
  for (int64_t x = 0; x < count; x++) to[x] = from[x] > to[x] || from[x] != from[x] ? from[x] : to[x];
}

/// plane [height, width] -> pooled. columns: [width + 2 padding] of scratch, maxima: as many.
DRCNN_VECTORISED void pool_plane(
    const float* plane, int64_t height, int64_t width, const Window& window, float* columns, float* maxima, float* pooled) {
  const int64_t padded = width + 2 * window.padding, starts = padded - window.side + 1;
  for (int64_t y = 0; y < window.outputs(height); y++) {
    const int64_t top = y * window.stride - window.padding;
    std::fill(columns, columns + padded, -std::numeric_limits<float>::infinity());
    for (int64_t row = std::max<int64_t>(top, 0); row < std::min(top + window.side, height); row++) {
      take_larger(plane + row * width, width, columns + window.padding);
    }
    std::copy(columns, columns + starts, maxima);
    for (int64_t i = 1; i < window.side; i++) take_larger(columns + i, starts, maxima);
    for (int64_t x = 0; x < window.outputs(width); x++) *pooled++ = maxima[x * window.stride];
  }
}

bool is_ours(const at::Tensor& input, const Window& window) {
  if (!input.device().is_cpu() || input.scalar_type() != at::kFloat || input.dim() != 4) return false;
  if (at::GradMode::is_enabled() && input.requires_grad()) return false;
  const bool sound = window.side > 0 && window.stride > 0 && window.padding >= 0 && window.padding <= window.side / 2;
  return sound && input.numel() > 0 && std::min(input.size(2), input.size(3)) >= window.side;
}

at::Tensor max_pool(const at::Tensor& input, int64_t side, int64_t stride, int64_t padding) {
  const Window window{side, stride, padding};
  if (!is_ours(input, window)) return at::max_pool2d(input, side, stride, padding);
  const auto planes = input.contiguous();
  const int64_t height = input.size(2), width = input.size(3), pixels = window.outputs(height) * window.outputs(width);
  auto pooled = at::empty({input.size(0), input.size(1), window.outputs(height), window.outputs(width)}, planes.options());
  const float* from = planes.data_ptr<float>();
  float* to = pooled.data_ptr<float>();
  at::parallel_for(0, input.size(0) * input.size(1), 1, [&](int64_t begin, int64_t end) {
    const std::unique_ptr<float[]> columns(new float[width + 2 * padding]), maxima(new float[width + 2 * padding]);
    for (int64_t plane = begin; plane < end; plane++) {
      pool_plane(
          from + plane * height * width, height, width, window, columns.get(), maxima.get(), to + plane * pixels);
    }
  });
  return pooled;
}

}  // namespace
}  // namespace drcnn

TORCH_LIBRARY_IMPL(dynamic_rcnn, CompositeImplicitAutograd, m) {
  m.impl("max_pool", drcnn::max_pool);
}
