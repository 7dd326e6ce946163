// RoIAlign where the kernels of pool_blocks.h and spread_blocks.h run, whatever launches them.
#pragma once

#include <ATen/Dispatch.h>
#include <ATen/OpMathType.h>
#include <ATen/ops/empty.h>

#include "arguments.h"
#include "pool_blocks.h"
#include "spread_blocks.h"

namespace drcnn {

namespace roi_align {

/// Channels of a block of a channels-first map.
constexpr int32_t kFirstTile = 128;

inline bool is_last(const at::Tensor& input) {
  return !input.is_contiguous() && input.is_contiguous(at::MemoryFormat::ChannelsLast);
}

inline void check_count(int64_t count) {
  TORCH_CHECK(count < INT32_MAX, "roi_align: rois must have fewer than ", INT32_MAX, " rows, got ", count);
}

}  // namespace roi_align

/// As roi_align_cpu, of float16 too. A RoI whose image index is NaN or too large gives NaN: an error would have to wait
/// for the device.
template <typename Device>
at::Tensor roi_align_on(
    const at::Tensor& input, const at::Tensor& rois, double spatial_scale, int64_t pooled_height, int64_t pooled_width,
    int64_t sampling_ratio, bool aligned) {
  using namespace roi_align;
  const RoiAlignOptions options{spatial_scale, pooled_height, pooled_width, sampling_ratio, aligned};
  const MapShape map = check_roi_align_input(input, true);
  check_roi_align_arguments(options, rois, map, input.device(), true);
  check_count(rois.size(0));
  TORCH_CHECK(
      pooled_height <= kMostBins && pooled_width <= kMostBins, "roi_align: pooled_height and pooled_width must be at most ",
      kMostBins, " on this device, got ", pooled_height, " and ", pooled_width);
  const Device device(input);
  auto pooled = at::empty({rois.size(0), map.channels, pooled_height, pooled_width}, input.options());
  if (pooled.numel() == 0) return pooled;
  const bool last = is_last(input);
  const at::Tensor source = last ? input : input.contiguous();
  AT_DISPATCH_FLOATING_TYPES_AND2(at::kHalf, at::kBFloat16, input.scalar_type(), "roi_align", [&] {
    using compute_t = at::opmath_type<scalar_t>;
    const auto rows = rois.to(c10::CppTypeToScalarType<compute_t>::value).contiguous();
    PoolArguments<scalar_t, compute_t> all{
        source.template data_ptr<scalar_t>(), rows.template data_ptr<compute_t>(), pooled.template data_ptr<scalar_t>(),
        options, static_cast<int32_t>(map.batch), static_cast<int32_t>(map.channels), static_cast<int32_t>(map.height),
        static_cast<int32_t>(map.width), kFirstTile, map.channels * map.pixels(), map.pixels(), 1};
    if (last) {
      using Kernel = PoolChannelsLast<scalar_t, compute_t>;
      all.tile = Kernel::kTile;
      all.channel_stride = 1;
      all.pixel_stride = map.channels;
      const bool vector = map.channels % kQuad == 0 &&
                          reinterpret_cast<uintptr_t>(all.map) % sizeof(Quad<scalar_t>) == 0;
      device.launch(Kernel{all, vector}, rois.size(0) * all.tiles(), Kernel::kSharedBytes);
    } else {
      device.launch(PoolChannelsFirst<scalar_t, compute_t>{all}, rois.size(0) * all.tiles());
    }
  });
  return pooled;
}

/// As roi_align_backward_cpu, of float16 too, in the layout that channels_last asks for.
template <typename Device>
at::Tensor roi_align_backward_on(
    const at::Tensor& grad, const at::Tensor& rois, double spatial_scale, int64_t pooled_height, int64_t pooled_width,
    int64_t batch, int64_t channels, int64_t height, int64_t width, int64_t sampling_ratio, bool aligned,
    bool channels_last) {
  using namespace roi_align;
  const RoiAlignOptions options{spatial_scale, pooled_height, pooled_width, sampling_ratio, aligned};
  const MapShape map{batch, channels, height, width};
  check_roi_align_arguments(options, rois, map, grad.device(), true);
  check_roi_align_gradient(grad, rois, options, map, true);
  check_count(rois.size(0));
  TORCH_CHECK(
      pooled_height <= kMostBins && pooled_width <= kMostBins,
      "_roi_align_backward: pooled_height and pooled_width must be at most ", kMostBins, " on this device, got ",
      pooled_height, " and ", pooled_width);
  const Device device(grad);
  auto grad_input = at::empty(
      {batch, channels, height, width}, grad.options(),
      channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous);
  const at::Tensor source = grad.contiguous();
  const auto count = static_cast<int32_t>(rois.size(0));
  AT_DISPATCH_FLOATING_TYPES_AND2(at::kHalf, at::kBFloat16, grad.scalar_type(), "_roi_align_backward", [&] {
    using compute_t = at::opmath_type<scalar_t>;
    using Rows = FindFootprints<compute_t>;
    const auto rows = rois.to(c10::CppTypeToScalarType<compute_t>::value).contiguous();
    const auto room =
        at::empty({count * static_cast<int64_t>(sizeof(Footprint<compute_t>))}, grad.options().dtype(at::kByte));
    auto* footprints = reinterpret_cast<Footprint<compute_t>*>(room.template data_ptr<uint8_t>());
    SpreadBins<scalar_t, compute_t> spread{
        source.template data_ptr<scalar_t>(), footprints, grad_input.template data_ptr<scalar_t>(), count,
        static_cast<int32_t>(pooled_height), static_cast<int32_t>(pooled_width), static_cast<int32_t>(batch),
        static_cast<int32_t>(channels), static_cast<int32_t>(height), static_cast<int32_t>(width),
        channels * map.pixels(), channels_last ? 1 : map.pixels(), channels_last ? channels : 1};
    const Rows find{rows.template data_ptr<compute_t>(), footprints, options, count, spread.batch, spread.height,
                    spread.width};
    device.launch(find, parts<int64_t>(count, Rows::kThreads));
    device.launch(spread, spread.blocks(), spread.shared_bytes());
  });
  return grad_input;
}

}  // namespace drcnn
