// NMS where the kernels of nms_blocks.h run, whatever launches them.
#pragma once

#include <ATen/Dispatch.h>
#include <ATen/OpMathType.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <tuple>

#include "arguments.h"
#include "nms_blocks.h"

namespace drcnn {

namespace nms {

constexpr int64_t kMostBoxes = int64_t{1} << 30;
/// Memory for the words of CompareBoxes, unless fewer than kLeastWindow tiles fit.
constexpr int64_t kWordBytes = int64_t{128} << 20;
constexpr int64_t kLeastWindow = 16;

/// Tiles that each box is compared with before KeepBoxes.
inline int64_t window_of(int64_t count) {
  const int64_t all = parts<int64_t>(count, kTile);
  const int64_t fitting = kWordBytes / (std::max<int64_t>(count, 1) * static_cast<int64_t>(sizeof(uint64_t)));
  return std::min(all, std::max(fitting, kLeastWindow));
}

/// Rows by descending score; equal scores in input order, NaN first. [B]
inline at::Tensor by_score(const at::Tensor& scores) {
  return std::get<1>(scores.sort(/*stable=*/true, /*dim=*/0, /*descending=*/true));
}

/// keep [B] by row. order: by descending score; groups: undefined for one group. Nothing waits for the device.
template <typename Device>
at::Tensor keep_on(
    const Device& device, const at::Tensor& boxes, const at::Tensor& order, const at::Tensor& groups,
    double iou_threshold, double offset, bool suppress_equal, bool negative_is_padding, int64_t window) {
  const int64_t count = boxes.size(0);
  auto keep = at::zeros({count}, boxes.options().dtype(at::kBool));
  if (count == 0) return keep;
  at::Tensor rows = order, sorted_groups;
  if (groups.defined()) {
    at::Tensor places;
    std::tie(sorted_groups, places) = groups.index_select(0, order).sort(/*stable=*/true, /*dim=*/0, /*descending=*/false);
    rows = order.index_select(0, places);
  }
  const auto longs = boxes.options().dtype(at::kLong);
  const at::Tensor spans = at::empty({count}, longs), words = at::empty({count, window}, longs);
  const at::Tensor removed = at::zeros({count}, longs);
  static_assert(sizeof(Span) == sizeof(int64_t), "a span takes the room of an int64");
  auto* span = reinterpret_cast<Span*>(spans.data_ptr<int64_t>());
  auto* word = reinterpret_cast<uint64_t*>(words.data_ptr<int64_t>());
  const auto* group = groups.defined() ? sorted_groups.data_ptr<int64_t>() : nullptr;
  const auto size = static_cast<int32_t>(count), width = static_cast<int32_t>(window);
  const at::Tensor sorted = boxes.index_select(0, rows);
  AT_DISPATCH_FLOATING_TYPES_AND2(at::kHalf, at::kBFloat16, boxes.scalar_type(), "nms", [&] {
    using compute_t = at::opmath_type<scalar_t>;
    const auto values = sorted.to(c10::CppTypeToScalarType<compute_t>::value).contiguous();
    const auto* box = values.template data_ptr<compute_t>();
    const Overlap<compute_t> overlap(rule_of<compute_t>(iou_threshold, offset, suppress_equal));
    const CompareBoxes<compute_t> compare{box, span, word, size, width, overlap};
    using Keep = KeepBoxes<compute_t>;
    const Keep decide{
        box, group, rows.data_ptr<int64_t>(), span, word, reinterpret_cast<uint64_t*>(removed.data_ptr<int64_t>()),
        keep.data_ptr<bool>(), size, width, negative_is_padding, overlap};
    device.launch(FindGroups{group, span, size}, parts<int64_t>(count, FindGroups::kThreads));
    device.launch(compare, compare.blocks());
    device.launch(decide, decide.blocks(), sizeof(typename Keep::Shared));
  });
  return keep;
}

inline void check_count(const char* op, const at::Tensor& boxes) {
  TORCH_CHECK(
      boxes.size(0) <= kMostBoxes, op, ": boxes must have at most ", kMostBoxes, " rows, got ", boxes.size(0));
}

/// The kept rows by descending score. Their number is the shape, so the host waits for it.
inline at::Tensor kept_rows(const at::Tensor& order, const at::Tensor& keep) {
  return order.masked_select(keep.index_select(0, order));
}

}  // namespace nms

template <typename Device>
at::Tensor nms_on(
    const at::Tensor& boxes, const at::Tensor& scores, double iou_threshold, double offset, bool suppress_equal) {
  const at::NoGradGuard no_grad;
  check_nms_arguments("nms", boxes, scores, iou_threshold, true);
  nms::check_count("nms", boxes);
  const Device device(boxes);
  const auto order = nms::by_score(scores);
  const auto keep = nms::keep_on(
      device, boxes, order, {}, iou_threshold, offset, suppress_equal, false, nms::window_of(boxes.size(0)));
  return nms::kept_rows(order, keep);
}

template <typename Device>
at::Tensor batched_nms_on(
    const at::Tensor& boxes, const at::Tensor& scores, const at::Tensor& groups, double iou_threshold, double offset,
    bool suppress_equal) {
  const at::NoGradGuard no_grad;
  check_nms_arguments("batched_nms", boxes, scores, iou_threshold, true);
  check_nms_groups("batched_nms", groups, boxes);
  nms::check_count("batched_nms", boxes);
  const Device device(boxes);
  const auto order = nms::by_score(scores);
  const auto keep = nms::keep_on(
      device, boxes, order, groups, iou_threshold, offset, suppress_equal, false, nms::window_of(boxes.size(0)));
  return nms::kept_rows(order, keep);
}

template <typename Device>
at::Tensor nms_keep_on(
    const at::Tensor& boxes, const at::Tensor& scores, const at::Tensor& groups, double iou_threshold, double offset,
    bool suppress_equal) {
  const at::NoGradGuard no_grad;
  check_nms_arguments("nms_keep", boxes, scores, iou_threshold, true);
  check_nms_groups("nms_keep", groups, boxes);
  nms::check_count("nms_keep", boxes);
  const Device device(boxes);
  return nms::keep_on(
      device, boxes, nms::by_score(scores), groups, iou_threshold, offset, suppress_equal, true,
      nms::window_of(boxes.size(0)));
}

}  // namespace drcnn
