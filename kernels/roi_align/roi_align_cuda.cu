// RoIAlign on CUDA, forward and backward; see pool_blocks.h and spread_blocks.h.
#include "../common/launch.h"
#include "../common/types.h"
#include "arguments.h"
#include "pool_blocks.h"
#include "spread_blocks.h"

namespace drcnn::roi_align {
namespace {

/// Channels of a block of a channels-first map.
constexpr int32_t kFirstTile = 128;

/// body(a number of the map's type), after all checks.
template <typename Body>
void checked(const drcnn_roi_align& call, const Body& body) {
  check_roi_align_arguments(call, kMostBins);
  for (const int64_t size : {call.rois, call.batch, call.channels}) {
    DRCNN_CHECK(
        size < INT32_MAX, "roi_align: RoIs, images and channels must each be fewer than ", INT32_MAX, " on this device, got ", size);
  }
  by_type<float, double, BFloat16, Float16>("roi_align: the type of map and pooled", call.type, body);
}

template <typename From>
void forward(void* stream, const drcnn_roi_align& call, const From* map, const computed<From>* rois, From* pooled) {
  using T = computed<From>;
  if (call.rois == 0 || call.channels == 0) return;
  const MapShape shape = map_of(call);
  PoolArguments<From, T> all{
      map, rois, pooled, options_of(call), static_cast<int32_t>(shape.batch), static_cast<int32_t>(shape.channels),
      static_cast<int32_t>(shape.height), static_cast<int32_t>(shape.width), kFirstTile, shape.channels * shape.pixels(),
      shape.pixels(), 1};
  const bool keep_padding = call.keep_padding != 0;
  if (call.channels_last) {
    using Kernel = PoolChannelsLast<From, T>;
    all.tile = Kernel::kTile;
    all.channel_stride = 1;
    all.pixel_stride = shape.channels;
    const bool vector = shape.channels % kQuad == 0 && reinterpret_cast<uintptr_t>(map) % sizeof(Quad<From>) == 0;
    launch(stream, Pool<Kernel>{{all, vector}, keep_padding}, call.rois * all.tiles(), Kernel::kSharedBytes);
  } else {
    launch(stream, Pool<PoolChannelsFirst<From, T>>{{all}, keep_padding}, call.rois * all.tiles());
  }
}

template <typename From>
void backward(
    void* stream, const drcnn_roi_align& call, const From* grad, const computed<From>* rois, From* grad_map, void* scratch) {
  using T = computed<From>;
  const MapShape shape = map_of(call);
  const bool last = call.channels_last != 0;
  auto* footprints = static_cast<Footprint<T>*>(scratch);
  const auto count = static_cast<int32_t>(call.rois);
  const SpreadBins<From, T> spread{
      grad, footprints, grad_map, count, static_cast<int32_t>(call.pooled_height), static_cast<int32_t>(call.pooled_width),
      static_cast<int32_t>(shape.batch), static_cast<int32_t>(shape.channels), static_cast<int32_t>(shape.height),
      static_cast<int32_t>(shape.width), shape.channels * shape.pixels(), last ? 1 : shape.pixels(), last ? shape.channels : 1};
  const FindFootprints<T> find{rois, footprints, options_of(call), count, spread.batch, spread.height, spread.width};
  launch(stream, find, parts<int64_t>(count, find.kThreads));
  launch(stream, spread, spread.blocks(), spread.shared_bytes());
}

}  // namespace
}  // namespace drcnn::roi_align

int32_t drcnn_cuda_roi_align_forward(
    const drcnn_roi_align* call, const void* map, const void* rois, void* pooled, void* stream) {
  return drcnn::guarded([&] {
    drcnn::roi_align::checked(*call, [&](auto number) {
      using From = decltype(number);
      const auto* boxes = static_cast<const drcnn::computed<From>*>(rois);
      drcnn::roi_align::forward(stream, *call, static_cast<const From*>(map), boxes, static_cast<From*>(pooled));
    });
  });
}

int64_t drcnn_cuda_roi_align_backward_scratch(const drcnn_roi_align* call) {
  int64_t bytes = -1;
  drcnn::guarded([&] {
    drcnn::roi_align::checked(*call, [&](auto number) {
      using Footprint = drcnn::roi_align::Footprint<drcnn::computed<decltype(number)>>;
      bytes = call->rois * static_cast<int64_t>(sizeof(Footprint));
    });
  });
  return bytes;
}

int32_t drcnn_cuda_roi_align_backward(
    const drcnn_roi_align* call, const void* grad, const void* rois, void* grad_map, void* scratch, void* stream) {
  return drcnn::guarded([&] {
    drcnn::roi_align::checked(*call, [&](auto number) {
      using From = decltype(number);
      const auto* boxes = static_cast<const drcnn::computed<From>*>(rois);
      drcnn::roi_align::backward(stream, *call, static_cast<const From*>(grad), boxes, static_cast<From*>(grad_map), scratch);
    });
  });
}
