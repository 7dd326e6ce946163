// RoIAlign on CUDA, forward and backward: the C functions.
#include "../common/types.h"
#include "arguments.h"
#include "roi_align_backward.cuh"
#include "roi_align_forward.cuh"

namespace drcnn::roi_align {
namespace {

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
  const bool last = call.channels_last != 0;
  const Forward<From, T> all{
      map, rois, pooled, options_of(call), static_cast<int32_t>(shape.batch), static_cast<int32_t>(shape.channels),
      static_cast<int32_t>(shape.height), static_cast<int32_t>(shape.width), last ? kLastTile : kFirstTile,
      shape.channels * shape.pixels(), last ? 1 : shape.pixels(), last ? shape.channels : 1, call.keep_padding != 0,
      shape.channels % kQuad == 0 && reinterpret_cast<uintptr_t>(map) % sizeof(Quad<From>) == 0};
  const Grid grid{call.rois * all.tiles(), kForwardThreads, stream};
  launch(last ? roi_align_forward_nhwc<From, T> : roi_align_forward_nchw<From, T>, grid, all);
}

template <typename From>
void backward(
    void* stream, const drcnn_roi_align& call, const From* grad, const computed<From>* rois, From* grad_map, void* scratch) {
  using T = computed<From>;
  const MapShape shape = map_of(call);
  const bool last = call.channels_last != 0;
  auto* footprints = static_cast<Footprint<T>*>(scratch);
  const auto count = static_cast<int32_t>(call.rois);
  const Backward<From, T> all{
      grad, footprints, grad_map, count, static_cast<int32_t>(call.pooled_height), static_cast<int32_t>(call.pooled_width),
      static_cast<int32_t>(shape.batch), static_cast<int32_t>(shape.channels), static_cast<int32_t>(shape.height),
      static_cast<int32_t>(shape.width), shape.channels * shape.pixels(), last ? 1 : shape.pixels(), last ? shape.channels : 1};
  launch(
      roi_align_footprints<T>, {ceil_div<int64_t>(count, kFootprintThreads), kFootprintThreads, stream}, rois, footprints,
      options_of(call), count, all.batch, all.height, all.width);
  const int64_t blocks = shape.batch * all.tiles_c() * all.tiles_y() * all.tiles_x();
  launch(
      roi_align_backward<From, T>, {blocks, kBackwardThreads, stream, BackwardShared<T>::bytes(all.bins_y, all.bins_x)}, all);
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
