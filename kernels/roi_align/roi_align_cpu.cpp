// RoIAlign on the CPU, forward and backward.
//
// Layout: the innermost loop runs over channels, because a RoI's samples are the same for all of them. A task is one
// image and one block of channels; it copies the touched part of its map to [pixels, channels] (not needed when the
// map is channels-last and in the type it is computed in), pools all RoIs of the image, or sums their gradients, and writes channels-first.
// Complexity: O(samples * C) per RoI. Determinism: each channel is summed by one thread in the order of the RoIs; no
// atomics; the block's size and the number of threads do not change a bit.
#include <memory>

#include "../common/task_queue.h"
#include "../common/types.h"
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

template <typename T>
DRCNN_INLINE void spread_by_divided(
    const RoiPlan<T>& plan, int64_t roi, const RoiAlignOptions& options, int64_t width, const T* grads, const ChannelBlock<T>& block,
    bool divided) {
  if (divided) {
    spread_roi<true>(plan, roi, options, width, grads, block);
  } else {
    spread_roi<false>(plan, roi, options, width, grads, block);
  }
}

#define DRCNN_IN_TYPE(T)                                                                                                       \
  DRCNN_VERSIONS(                                                                                                              \
      pool,                                                                                                                    \
      (const RoiPlan<T>& plan, int64_t roi, const RoiAlignOptions& options, int64_t width, const ChannelBlock<const T>& block, \
       T* sums),                                                                                                               \
      pool_roi, (plan, roi, options, width, block, sums))                                                                      \
  DRCNN_VERSIONS(                                                                                                              \
      spread,                                                                                                                  \
      (const RoiPlan<T>& plan, int64_t roi, const RoiAlignOptions& options, int64_t width, const T* grads,                     \
       const ChannelBlock<T>& block, bool divided),                                                                            \
      spread_by_divided, (plan, roi, options, width, grads, block, divided))
DRCNN_IN_TYPE(float)
DRCNN_IN_TYPE(double)
#undef DRCNN_IN_TYPE

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

template <typename From, typename T = computed<From>>
void forward(const drcnn_roi_align& call, const From* values, const T* rois, From* output) {
  const RoiAlignOptions options = options_of(call);
  const MapShape map = map_of(call);
  const auto plan = plan_rois<T>(rois, call.rois, map.batch, map.height, map.width, options);
  const int64_t bins = options.pooled_height * options.pooled_width;
  if (!call.keep_padding) {
    for (const int64_t roi : plan.padding_rows) std::fill_n(output + roi * map.channels * bins, map.channels * bins, From(0));
  }
  const bool last = call.channels_last != 0, in_place = is_in_place<From>(last);
  const Tasks tasks(map, sizeof(T));
  share_tasks(tasks.count(), [&](TaskQueue& queue) {
    const auto maps = scratch<T>(in_place ? 0 : map.pixels() * tasks.block);
    const auto sums = scratch<T>(bins * tasks.block);
    queue.each([&](int64_t task) {
      const int64_t image = tasks.image(task), first = tasks.first_channel(task), count = tasks.channel_count(task);
      const auto& rois_here = plan.rois_of_image[image];
      if (rois_here.empty()) return;
      const ChannelBlock<const T> block = block_of(
          values + image * map.channels * map.pixels(), last, first, count, &plan.touched[image * map.height], map, maps.get());
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

template <typename From, typename T = computed<From>>
void backward(const drcnn_roi_align& call, const From* values, const T* rois, From* output) {
  const RoiAlignOptions options = options_of(call);
  const MapShape map = map_of(call);
  const auto plan = plan_rois<T>(rois, call.rois, map.batch, map.height, map.width, options);
  const int64_t bins = options.pooled_height * options.pooled_width;
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

/// body(a number of the map's type), after all checks.
template <typename Body>
void checked(const drcnn_roi_align& call, const Body& body) {
  isa();
  check_roi_align_arguments(call, kMaxBins);
  by_type<float, double, BFloat16>("roi_align: the type of map and pooled", call.type, body);
}

}  // namespace
}  // namespace drcnn

int32_t drcnn_roi_align_forward(const drcnn_roi_align* call, const void* map, const void* rois, void* pooled) {
  return drcnn::guarded([&] {
    drcnn::checked(*call, [&](auto number) {
      using From = decltype(number);
      const auto* boxes = static_cast<const drcnn::computed<From>*>(rois);
      drcnn::forward(*call, static_cast<const From*>(map), boxes, static_cast<From*>(pooled));
    });
  });
}

int32_t drcnn_roi_align_backward(const drcnn_roi_align* call, const void* grad, const void* rois, void* grad_map) {
  return drcnn::guarded([&] {
    DRCNN_CHECK(
        call->channels_last == 0, "roi_align: a CPU's gradient is [N, C, H, W], so channels_last must be 0, got ", call->channels_last);
    drcnn::checked(*call, [&](auto number) {
      using From = decltype(number);
      const auto* boxes = static_cast<const drcnn::computed<From>*>(rois);
      drcnn::backward(*call, static_cast<const From*>(grad), boxes, static_cast<From*>(grad_map));
    });
  });
}
