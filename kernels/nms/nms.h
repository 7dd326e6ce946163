// Non-maximum suppression: boxes by descending score, each kept box removes the later ones that overlap it too much.
//
// Boxes are [B, 4] = (x1, y1, x2, y2). Sides are x2 - x1 + offset, so offset 1 is the legacy convention that counts
// pixels. A box is suppressed when IoU > iou_threshold, with suppress_equal when IoU >= iou_threshold; an IoU that is
// NaN (two boxes without area) never suppresses. Equal scores keep the order of the input, NaN scores come first.
// With offset 0 and suppress_equal false the result is torchvision.ops.nms's for every input, bit for bit (the same
// operations in the same order; BSD 3-Clause, read, not copied):
// https://github.com/pytorch/vision/blob/main/torchvision/csrc/ops/cpu/nms_kernel.cpp
//
// float32, float64 or bfloat16 (computed in float32). Groups (class, level, image) are told apart by comparing them,
// never by moving boxes, so coordinates lose no precision.
#pragma once

#include <ATen/core/Tensor.h>

namespace drcnn {

/// boxes [B, 4], scores [B] -> int64 [kept], indices of the kept boxes by descending score.
at::Tensor nms_cpu(
    const at::Tensor& boxes, const at::Tensor& scores, double iou_threshold, double offset, bool suppress_equal);

/// As nms; boxes of different groups (int64 [B], any value) never suppress each other.
at::Tensor batched_nms_cpu(
    const at::Tensor& boxes, const at::Tensor& scores, const at::Tensor& groups, double iou_threshold, double offset,
    bool suppress_equal);

/// As batched_nms, as a bool mask over the rows, [B], whose shape does not depend on the values. Rows of a negative
/// group are padding: they are not kept and suppress nothing.
at::Tensor nms_keep_cpu(
    const at::Tensor& boxes, const at::Tensor& scores, const at::Tensor& groups, double iou_threshold, double offset,
    bool suppress_equal);

}  // namespace drcnn
