// NMS as three operators of the CPU, and its place in autograd and in autocast, for every device.
//
// nms gives the rows of the kept boxes by descending score. batched_nms: boxes of different groups (int64 [B], any value) never suppress
// each other. nms_keep: the same as a bool mask over the rows, [B], whose shape does not depend on the values; rows of a negative group
// are padding: they are not kept and suppress nothing. float32, float64 or bfloat16 (computed in float32).
#include "nms.h"

#include <ATen/autocast_mode.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/empty.h>
#include <c10/core/GradMode.h>
#include <torch/library.h>

#include <algorithm>
#include <vector>

namespace drcnn {
namespace {

std::vector<int64_t> rows_by_score(const at::Tensor& scores) {
  const auto order = by_score(scores);
  const auto* rows = order.data_ptr<int64_t>();
  return {rows, rows + order.numel()};
}

/// Which rows are kept of those that order lists, by descending score. group_of: of each row; null: one group.
at::Tensor keep_of(const at::Tensor& boxes, std::vector<int64_t> order, const int64_t* group_of, const Suppression& suppression) {
  std::vector<int64_t> groups;
  if (group_of != nullptr) {
    std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return group_of[a] < group_of[b]; });
    for (const int64_t row : order) groups.push_back(group_of[row]);
  }
  const auto values = (boxes.scalar_type() == at::kBFloat16 ? boxes.to(at::kFloat) : boxes).contiguous();
  auto keep = at::empty({boxes.size(0)}, boxes.options().dtype(at::kBool));
  const auto call = suppression.call(values, static_cast<int64_t>(order.size()));
  done(drcnn_nms_keep(
      &call, values.data_ptr(), order.data(), group_of == nullptr ? nullptr : groups.data(),
      static_cast<uint8_t*>(keep.data_ptr())));
  return keep;
}

/// The rows of order that are kept, in that order.
at::Tensor kept_rows(const std::vector<int64_t>& order, const at::Tensor& keep) {
  const auto* kept = keep.data_ptr<bool>();
  auto rows = at::empty({std::count(kept, kept + order.size(), true)}, keep.options().dtype(at::kLong));
  std::copy_if(order.begin(), order.end(), rows.data_ptr<int64_t>(), [&](int64_t row) { return kept[row]; });
  return rows;
}

at::Tensor nms_cpu(
    const at::Tensor& boxes, const at::Tensor& scores, double iou_threshold, double offset, bool suppress_equal) {
  const at::NoGradGuard no_grad;
  check_nms_boxes("nms", boxes, scores, false);
  const auto order = rows_by_score(scores);
  return kept_rows(order, keep_of(boxes, order, nullptr, {iou_threshold, offset, suppress_equal}));
}

at::Tensor batched_nms_cpu(
    const at::Tensor& boxes, const at::Tensor& scores, const at::Tensor& groups, double iou_threshold, double offset,
    bool suppress_equal) {
  const at::NoGradGuard no_grad;
  check_nms_boxes("batched_nms", boxes, scores, false);
  check_nms_groups("batched_nms", groups, boxes);
  const auto order = rows_by_score(scores);
  const auto group_of = groups.contiguous();
  return kept_rows(order, keep_of(boxes, order, group_of.data_ptr<int64_t>(), {iou_threshold, offset, suppress_equal}));
}

at::Tensor nms_keep_cpu(
    const at::Tensor& boxes, const at::Tensor& scores, const at::Tensor& groups, double iou_threshold, double offset,
    bool suppress_equal) {
  const at::NoGradGuard no_grad;
  check_nms_boxes("nms_keep", boxes, scores, false);
  check_nms_groups("nms_keep", groups, boxes);
  const auto group_of = groups.contiguous();
  const auto* group = group_of.data_ptr<int64_t>();
  auto order = rows_by_score(scores);
  order.erase(std::remove_if(order.begin(), order.end(), [&](int64_t row) { return group[row] < 0; }), order.end());
  return keep_of(boxes, std::move(order), group, {iou_threshold, offset, suppress_equal});
}

/// Under autocast boxes and scores are float32, because bfloat16 cannot tell neighbouring pixels apart.
template <c10::DispatchKey key, c10::DeviceType device>
struct Autocast {
  template <typename Operator, typename... Others>
  static at::Tensor call(const char* name, const at::Tensor& boxes, const at::Tensor& scores, const Others&... others) {
    const auto op = c10::Dispatcher::singleton().findSchemaOrThrow(name, "").typed<Operator>();
    c10::impl::ExcludeDispatchKeyGuard below_autocast(key);
    return op.call(
        at::autocast::cached_cast(at::kFloat, boxes, device), at::autocast::cached_cast(at::kFloat, scores, device), others...);
  }

  static at::Tensor nms(
      const at::Tensor& boxes, const at::Tensor& scores, double iou_threshold, double offset, bool suppress_equal) {
    return call<decltype(nms_cpu)>("dynamic_rcnn::nms", boxes, scores, iou_threshold, offset, suppress_equal);
  }
  static at::Tensor batched_nms(
      const at::Tensor& boxes, const at::Tensor& scores, const at::Tensor& groups, double iou_threshold, double offset,
      bool suppress_equal) {
    return call<decltype(batched_nms_cpu)>(
        "dynamic_rcnn::batched_nms", boxes, scores, groups, iou_threshold, offset, suppress_equal);
  }
  static at::Tensor nms_keep(
      const at::Tensor& boxes, const at::Tensor& scores, const at::Tensor& groups, double iou_threshold, double offset,
      bool suppress_equal) {
    return call<decltype(nms_keep_cpu)>("dynamic_rcnn::nms_keep", boxes, scores, groups, iou_threshold, offset, suppress_equal);
  }

  static void add_to(torch::Library& m) {
    m.impl("nms", nms);
    m.impl("batched_nms", batched_nms);
    m.impl("nms_keep", nms_keep);
  }
};

}  // namespace
}  // namespace drcnn

TORCH_LIBRARY_IMPL(dynamic_rcnn, CPU, m) {
  m.impl("nms", drcnn::nms_cpu);
  m.impl("batched_nms", drcnn::batched_nms_cpu);
  m.impl("nms_keep", drcnn::nms_keep_cpu);
}
// Indices have no gradient.
TORCH_LIBRARY_IMPL(dynamic_rcnn, Autograd, m) {
  for (const char* name : {"nms", "batched_nms", "nms_keep"}) m.impl(name, torch::CppFunction::makeFallthrough());
}
TORCH_LIBRARY_IMPL(dynamic_rcnn, AutocastCPU, m) {
  drcnn::Autocast<c10::DispatchKey::AutocastCPU, c10::DeviceType::CPU>::add_to(m);
}
TORCH_LIBRARY_IMPL(dynamic_rcnn, Autocast, m) {
  drcnn::Autocast<c10::DispatchKey::Autocast, c10::DeviceType::CUDA>::add_to(m);
}
