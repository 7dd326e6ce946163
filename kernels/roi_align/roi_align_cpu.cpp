// RoIAlign on the CPU, forward and backward.
//
// Layout: the innermost loop runs over channels, because a RoI's samples are the same for all of them. A task is one
// image and one block of channels; it copies the touched part of its map to [pixels, channels] (not needed when the
// input is channels-last), pools all RoIs of the image, or sums their gradients, and writes channels-first.
// Complexity: O(samples * C) per RoI. Determinism: each channel is summed by one thread in the order of the RoIs; no
// atomics; the block's size and the number of threads do not change a bit.
#include "roi_align.h"

#include <ATen/Dispatch.h>
#include <ATen/OpMathType.h>
#include <ATen/ops/empty.h>
#include <torch/library.h>

#include <memory>

#include "../task_queue.h"
#include "../vectorised.h"
#include "channel_block.h"
#include "roi_plan.h"

namespace drcnn {
namespace {

/// The weights of a sample's four pixels and where they lie.
template <typename T>
struct Corners {
  T weight[4];
  int64_t pixel[4];

  Corners(const Sample<T>& y, const Sample<T>& x, int64_t width)
      : weight{
            y.low_weight * x.low_weight, y.low_weight * x.high_weight, y.high_weight * x.low_weight,
            y.high_weight * x.high_weight},
        pixel{y.low * width + x.low, y.low * width + x.high, y.high * width + x.low, y.high * width + x.high} {}
};

/// sums[bin][c] of one RoI, [bins, count]; each sample is added in the order (y, x), as the definition has it.
template <typename T>
DRCNN_INLINE void pool_roi(
    const RoiPlan<T>& plan, int64_t roi, const RoiAlignOptions& options, int64_t width,
    const ChannelBlock<const T>& block, T* __restrict sums) {
  for (int64_t ph = 0; ph < options.pooled_height; ph++) {
    const int64_t bin_y = roi * options.pooled_height + ph;
    for (int64_t pw = 0; pw < options.pooled_width; pw++, sums += block.count) {
      const int64_t bin_x = roi * options.pooled_width + pw;
      std::fill(sums, sums + block.count, T(0));
      for (auto y = plan.y.begin_of(bin_y); y != plan.y.end_of(bin_y); y++) {
        for (auto x = plan.x.begin_of(bin_x); x != plan.x.end_of(bin_x); x++) {
          const Corners<T> corners(*y, *x, width);
          const T w1 = corners.weight[0], w2 = corners.weight[1], w3 = corners.weight[2], w4 = corners.weight[3];
          const T* __restrict p1 = block.data + corners.pixel[0] * block.stride;
          const T* __restrict p2 = block.data + corners.pixel[1] * block.stride;
          const T* __restrict p3 = block.data + corners.pixel[2] * block.stride;
          const T* __restrict p4 = block.data + corners.pixel[3] * block.stride;
          for (int64_t c = 0; c < block.count; c++) sums[c] += w1 * p1[c] + w2 * p2[c] + w3 * p3[c] + w4 * p4[c];
        }
      }
    }
  }
}

/// Adds one RoI's gradient, [bins, count], to the map's: grad * weight / samples for each sample and pixel. kDivided:
/// grads are divided already, which gives the same bits when samples is a power of two.
template <bool kDivided, typename T>
DRCNN_INLINE void spread_roi(
    const RoiPlan<T>& plan, int64_t roi, const RoiAlignOptions& options, int64_t width, const T* __restrict grads,
    const ChannelBlock<T>& block) {
  const T samples = plan.sample_counts[roi];
  for (int64_t ph = 0; ph < options.pooled_height; ph++) {
    const int64_t bin_y = roi * options.pooled_height + ph;
    for (int64_t pw = 0; pw < options.pooled_width; pw++, grads += block.count) {
      const int64_t bin_x = roi * options.pooled_width + pw;
      for (auto y = plan.y.begin_of(bin_y); y != plan.y.end_of(bin_y); y++) {
        for (auto x = plan.x.begin_of(bin_x); x != plan.x.end_of(bin_x); x++) {
          const Corners<T> corners(*y, *x, width);
          for (int corner = 0; corner < 4; corner++) {
            const T weight = corners.weight[corner];
            T* __restrict sum = block.data + corners.pixel[corner] * block.stride;
            for (int64_t c = 0; c < block.count; c++) {
              sum[c] += kDivided ? grads[c] * weight : grads[c] * weight / samples;
            }
          }
        }
      }
    }
  }
}

DRCNN_VECTORISED void pool(
    const RoiPlan<float>& plan, int64_t roi, const RoiAlignOptions& options, int64_t width,
    const ChannelBlock<const float>& block, float* sums) {
  pool_roi(plan, roi, options, width, block, sums);
}
DRCNN_VECTORISED void pool(
    const RoiPlan<double>& plan, int64_t roi, const RoiAlignOptions& options, int64_t width,
    const ChannelBlock<const double>& block, double* sums) {
  pool_roi(plan, roi, options, width, block, sums);
}
DRCNN_VECTORISED void spread(
    const RoiPlan<float>& plan, int64_t roi, const RoiAlignOptions& options, int64_t width, const float* grads,
    const ChannelBlock<float>& block, bool divided) {
  if (divided) {
    spread_roi<true>(plan, roi, options, width, grads, block);
  } else {
    spread_roi<false>(plan, roi, options, width, grads, block);
  }
}
DRCNN_VECTORISED void spread(
    const RoiPlan<double>& plan, int64_t roi, const RoiAlignOptions& options, int64_t width, const double* grads,
    const ChannelBlock<double>& block, bool divided) {
  if (divided) {
    spread_roi<true>(plan, roi, options, width, grads, block);
  } else {
    spread_roi<false>(plan, roi, options, width, grads, block);
  }
}

/// Whether dividing by it is exact.
template <typename T>
bool is_power_of_two(T samples) {
  const auto count = static_cast<int64_t>(samples);
  return (count & (count - 1)) == 0;
}

/// Memory for a task's maps, not cleared: only what is touched is ever read.
template <typename T>
std::unique_ptr<T[]> scratch(int64_t size) {
  return std::unique_ptr<T[]>(new T[size]);
}

template <typename From, typename T>
void forward(
    const at::Tensor& input, const T* rois, const RoiAlignOptions& options, const MapShape& map, bool clears_padding,
    at::Tensor& pooled) {
  const auto plan = plan_rois<T>(rois, pooled.size(0), map.batch, map.height, map.width, options);
  const int64_t bins = options.pooled_height * options.pooled_width;
  auto* output = pooled.data_ptr<From>();
  if (clears_padding) {
    for (const int64_t roi : plan.padding_rows) {
      std::fill_n(output + roi * map.channels * bins, map.channels * bins, From(0));
    }
  }
  // A channels-last input is already what a task wants, unless its type has to be widened.
  const bool in_place = std::is_same<From, T>::value && input.is_contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor source = in_place ? input : input.contiguous();
  const auto* values = source.template data_ptr<From>();
  const Tasks tasks(map, sizeof(T));
  share_tasks(tasks.count(), [&](TaskQueue& queue) {
    const auto maps = scratch<T>(in_place ? 0 : map.pixels() * tasks.block);
    const auto sums = scratch<T>(bins * tasks.block);
    queue.each([&](int64_t task) {
      const int64_t image = tasks.image(task), first = tasks.first_channel(task), count = tasks.channel_count(task);
      const auto& rois_here = plan.rois_of_image[image];
      if (rois_here.empty()) return;
      ChannelBlock<const T> block;
      if constexpr (std::is_same<From, T>::value) {
        block = {values + image * map.pixels() * map.channels + first, map.channels, count};
      }
      if (!in_place) {
        const ChannelBlock<T> copy{maps.get(), count, count};
        to_pixels(
            values + (image * map.channels + first) * map.pixels(), &plan.touched[image * map.height], map, copy);
        block = {copy.data, copy.stride, copy.count};
      }
      for (const int64_t roi : rois_here) {
        pool(plan, roi, options, map.width, block, sums.get());
        const T divisor = plan.sample_counts[roi];
        From* to = output + (roi * map.channels + first) * bins;
        for (int64_t c = 0; c < count; c++) {
          for (int64_t bin = 0; bin < bins; bin++) to[c * bins + bin] = From(sums[bin * count + c] / divisor);
        }
      }
    });
  });
}

template <typename From, typename T>
void backward(
    const at::Tensor& grad, const T* rois, const RoiAlignOptions& options, const MapShape& map,
    at::Tensor& grad_input) {
  const auto plan = plan_rois<T>(rois, grad.size(0), map.batch, map.height, map.width, options);
  const int64_t bins = options.pooled_height * options.pooled_width;
  const at::Tensor source = grad.contiguous();
  const auto* values = source.template data_ptr<From>();
  auto* output = grad_input.data_ptr<From>();
  const Tasks tasks(map, sizeof(T));
  share_tasks(tasks.count(), [&](TaskQueue& queue) {
    const auto maps = scratch<T>(map.pixels() * tasks.block);
    const auto grads = scratch<T>(bins * tasks.block);
    queue.each([&](int64_t task) {
      const int64_t image = tasks.image(task), first = tasks.first_channel(task), count = tasks.channel_count(task);
      const RowSpan* touched = &plan.touched[image * map.height];
      const ChannelBlock<T> block{maps.get(), count, count};
      for (int64_t y = 0; y < map.height; y++) {
        if (touched[y].begin >= touched[y].end) continue;
        T* row = block.data + y * map.width * count;
        std::fill(row + touched[y].begin * count, row + touched[y].end * count, T(0));
      }
      for (const int64_t roi : plan.rois_of_image[image]) {
        const bool divided = is_power_of_two(plan.sample_counts[roi]);
        const T divisor = divided ? plan.sample_counts[roi] : T(1);
        const From* from = values + (roi * map.channels + first) * bins;
        for (int64_t c = 0; c < count; c++) {
          for (int64_t bin = 0; bin < bins; bin++) grads[bin * count + c] = static_cast<T>(from[c * bins + bin]) / divisor;
        }
        spread(plan, roi, options, map.width, grads.get(), block, divided);
      }
      to_planes(block, touched, map, output + (image * map.channels + first) * map.pixels());
    });
  });
}

void pool_all(
    const at::Tensor& input, const at::Tensor& rois, const RoiAlignOptions& options, const MapShape& map,
    bool clears_padding, at::Tensor& pooled) {
  AT_DISPATCH_FLOATING_TYPES_AND(at::kBFloat16, input.scalar_type(), "roi_align", [&] {
    using compute_t = at::opmath_type<scalar_t>;
    const auto rows = rois.to(c10::CppTypeToScalarType<compute_t>::value).contiguous();
    forward<scalar_t, compute_t>(input, rows.template data_ptr<compute_t>(), options, map, clears_padding, pooled);
  });
}

}  // namespace

at::Tensor roi_align_cpu(
    const at::Tensor& input, const at::Tensor& rois, double spatial_scale, int64_t pooled_height, int64_t pooled_width,
    int64_t sampling_ratio, bool aligned) {
  const RoiAlignOptions options{spatial_scale, pooled_height, pooled_width, sampling_ratio, aligned};
  const MapShape map = check_roi_align_input(input, false);
  check_roi_align_arguments(options, rois, map, input.device(), false);
  auto pooled = at::empty({rois.size(0), map.channels, pooled_height, pooled_width}, input.options());
  pool_all(input, rois, options, map, true, pooled);
  return pooled;
}

void roi_align_into_cpu(
    at::Tensor& pooled, const at::Tensor& input, const at::Tensor& rois, double spatial_scale, int64_t sampling_ratio,
    bool aligned) {
  const MapShape map = check_roi_align_input(input, false);
  TORCH_CHECK(
      pooled.dim() == 4 && pooled.size(0) == rois.size(0) && pooled.size(1) == map.channels && pooled.is_contiguous() &&
          pooled.device() == input.device() && pooled.scalar_type() == input.scalar_type(),
      "_roi_align_into: pooled is ", pooled.scalar_type(), pooled.sizes(), ", expected a contiguous ", input.scalar_type(),
      " of ", rois.size(0), " RoIs and ", map.channels, " channels");
  const RoiAlignOptions options{spatial_scale, pooled.size(2), pooled.size(3), sampling_ratio, aligned};
  check_roi_align_arguments(options, rois, map, input.device(), false);
  pool_all(input, rois, options, map, false, pooled);
}

at::Tensor roi_align_backward_cpu(
    const at::Tensor& grad, const at::Tensor& rois, double spatial_scale, int64_t pooled_height, int64_t pooled_width,
    int64_t batch, int64_t channels, int64_t height, int64_t width, int64_t sampling_ratio, bool aligned, bool) {
  const RoiAlignOptions options{spatial_scale, pooled_height, pooled_width, sampling_ratio, aligned};
  const MapShape map{batch, channels, height, width};
  check_roi_align_arguments(options, rois, map, grad.device(), false);
  check_roi_align_gradient(grad, rois, options, map, false);
  auto grad_input = at::empty({batch, channels, height, width}, grad.options());
  AT_DISPATCH_FLOATING_TYPES_AND(at::kBFloat16, grad.scalar_type(), "_roi_align_backward", [&] {
    using compute_t = at::opmath_type<scalar_t>;
    const auto rows = rois.to(c10::CppTypeToScalarType<compute_t>::value).contiguous();
    backward<scalar_t, compute_t>(grad, rows.template data_ptr<compute_t>(), options, map, grad_input);
  });
  return grad_input;
}

}  // namespace drcnn

TORCH_LIBRARY_IMPL(dynamic_rcnn, CPU, m) {
  m.impl("roi_align", drcnn::roi_align_cpu);
  m.impl("_roi_align_into", drcnn::roi_align_into_cpu);
  m.impl("_roi_align_backward", drcnn::roi_align_backward_cpu);
}
