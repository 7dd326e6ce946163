// NMS as operators of a device; what they give, see the CPU's.
#include "../nms.h"

#include <ATen/ops/empty.h>
#include <c10/core/GradMode.h>

#include "device.h"

namespace drcnn {
namespace {

/// keep [B] by row. order: by descending score; groups: undefined for one group. Nothing waits for the device.
at::Tensor keep_on(
    const Device& device, const at::Tensor& boxes, const at::Tensor& order, const at::Tensor& groups,
    const Suppression& suppression) {
  at::Tensor rows = order, sorted_groups;
  if (groups.defined()) {
    at::Tensor places;
    std::tie(sorted_groups, places) = groups.index_select(0, order).sort(/*stable=*/true, /*dim=*/0, /*descending=*/false);
    rows = order.index_select(0, places);
  }
  const auto values = (boxes.scalar_type() == at::kBFloat16 ? boxes.to(at::kFloat) : boxes).contiguous();
  const auto call = suppression.call(values, values.size(0));
  const auto scratch = scratch_of(drcnn_cuda_nms_keep_scratch(&call), values);
  auto keep = at::empty({values.size(0)}, values.options().dtype(at::kBool));
  done_on_device(drcnn_cuda_nms_keep(
      &call, values.data_ptr(), rows.data_ptr<int64_t>(), groups.defined() ? sorted_groups.data_ptr<int64_t>() : nullptr,
      static_cast<uint8_t*>(keep.data_ptr()), scratch.data_ptr(), device.stream()));
  return keep;
}

/// The kept rows by descending score. Their number is the shape, so the host waits for it.
at::Tensor kept_rows(const at::Tensor& order, const at::Tensor& keep) {
  return order.masked_select(keep.index_select(0, order));
}

at::Tensor nms_on(
    const at::Tensor& boxes, const at::Tensor& scores, double iou_threshold, double offset, bool suppress_equal) {
  const at::NoGradGuard no_grad;
  check_nms_boxes("nms", boxes, scores, true);
  const Device device(boxes);
  const auto order = by_score(scores);
  return kept_rows(order, keep_on(device, boxes, order, {}, {iou_threshold, offset, suppress_equal}));
}

at::Tensor batched_nms_on(
    const at::Tensor& boxes, const at::Tensor& scores, const at::Tensor& groups, double iou_threshold, double offset,
    bool suppress_equal) {
  const at::NoGradGuard no_grad;
  check_nms_boxes("batched_nms", boxes, scores, true);
  check_nms_groups("batched_nms", groups, boxes);
  const Device device(boxes);
  const auto order = by_score(scores);
  return kept_rows(order, keep_on(device, boxes, order, groups, {iou_threshold, offset, suppress_equal}));
}

at::Tensor nms_keep_on(
    const at::Tensor& boxes, const at::Tensor& scores, const at::Tensor& groups, double iou_threshold, double offset,
    bool suppress_equal) {
  const at::NoGradGuard no_grad;
  check_nms_boxes("nms_keep", boxes, scores, true);
  check_nms_groups("nms_keep", groups, boxes);
  const Device device(boxes);
  // How many rows are padding only the device knows, so they are decided with the others and then left out: groups share nothing.
  return keep_on(device, boxes, by_score(scores), groups, {iou_threshold, offset, suppress_equal}).logical_and_(groups.ge(0));
}

}  // namespace
}  // namespace drcnn

DRCNN_DEVICE_LIBRARY(m) {
  drcnn::add_to(m, "nms", drcnn::nms_on);
  drcnn::add_to(m, "batched_nms", drcnn::batched_nms_on);
  drcnn::add_to(m, "nms_keep", drcnn::nms_keep_on);
}
