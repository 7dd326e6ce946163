// The checks of NMS's arguments, for every backend.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

#include <cmath>

namespace drcnn {

/// float16 boxes only where the backend has them.
inline void check_nms_arguments(
    const char* op, const at::Tensor& boxes, const at::Tensor& scores, double iou_threshold, bool has_float16) {
  const auto type = boxes.scalar_type();
  TORCH_CHECK(boxes.dim() == 2 && boxes.size(1) == 4, op, ": boxes must be [B, 4], got ", boxes.sizes());
  TORCH_CHECK(
      type == at::kFloat || type == at::kDouble || type == at::kBFloat16 || (has_float16 && type == at::kHalf), op,
      ": boxes must be float32, float64", has_float16 ? ", float16" : "", " or bfloat16, got ", type);
  TORCH_CHECK(
      scores.dim() == 1 && scores.size(0) == boxes.size(0), op, ": scores must be [", boxes.size(0), "], got ",
      scores.sizes());
  TORCH_CHECK(
      at::isFloatingType(scores.scalar_type()), op, ": scores must be floating point, got ", scores.scalar_type());
  TORCH_CHECK(
      scores.device() == boxes.device(), op, ": scores must be on the boxes' device ", boxes.device(), ", got ",
      scores.device());
  TORCH_CHECK(!std::isnan(iou_threshold), op, ": iou_threshold must be a number, got nan");
}

inline void check_nms_groups(const char* op, const at::Tensor& groups, const at::Tensor& boxes) {
  const int64_t count = boxes.size(0);
  TORCH_CHECK(groups.dim() == 1 && groups.size(0) == count, op, ": groups must be [", count, "], got ", groups.sizes());
  TORCH_CHECK(groups.scalar_type() == at::kLong, op, ": groups must be int64, got ", groups.scalar_type());
  TORCH_CHECK(
      groups.device() == boxes.device(), op, ": groups must be on the boxes' device ", boxes.device(), ", got ",
      groups.device());
}

}  // namespace drcnn
