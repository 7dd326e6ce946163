// The checks of NMS's tensors and their order, for every device.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

#include <tuple>

#include "status.h"

namespace drcnn {

/// float16 boxes only where the device has them.
inline void check_nms_boxes(const char* op, const at::Tensor& boxes, const at::Tensor& scores, bool has_float16) {
  const auto type = boxes.scalar_type();
  TORCH_CHECK(boxes.dim() == 2 && boxes.size(1) == 4, op, ": boxes must be [B, 4], got ", boxes.sizes());
  TORCH_CHECK(
      type == at::kFloat || type == at::kDouble || type == at::kBFloat16 || (has_float16 && type == at::kHalf), op,
      ": boxes must be float32, float64", has_float16 ? ", float16" : "", " or bfloat16, got ", type);
  TORCH_CHECK(
      scores.dim() == 1 && scores.size(0) == boxes.size(0), op, ": scores must be [", boxes.size(0), "], got ", scores.sizes());
  TORCH_CHECK(at::isFloatingType(scores.scalar_type()), op, ": scores must be floating point, got ", scores.scalar_type());
  TORCH_CHECK(
      scores.device() == boxes.device(), op, ": scores must be on the boxes' device ", boxes.device(), ", got ", scores.device());
}

inline void check_nms_groups(const char* op, const at::Tensor& groups, const at::Tensor& boxes) {
  const int64_t count = boxes.size(0);
  TORCH_CHECK(groups.dim() == 1 && groups.size(0) == count, op, ": groups must be [", count, "], got ", groups.sizes());
  TORCH_CHECK(groups.scalar_type() == at::kLong, op, ": groups must be int64, got ", groups.scalar_type());
  TORCH_CHECK(
      groups.device() == boxes.device(), op, ": groups must be on the boxes' device ", boxes.device(), ", got ", groups.device());
}

/// When a box is suppressed.
struct Suppression {
  double iou_threshold, offset;
  bool equal;

  drcnn_nms call(const at::Tensor& boxes, int64_t places) const {
    return {boxes.size(0), places, iou_threshold, offset, type_of(boxes.scalar_type()), equal};
  }
};

/// Rows by descending score; equal scores in input order, NaN first. [B]
inline at::Tensor by_score(const at::Tensor& scores) {
  return std::get<1>(scores.sort(/*stable=*/true, /*dim=*/0, /*descending=*/true)).contiguous();
}

}  // namespace drcnn
