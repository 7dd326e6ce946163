// Non-maximum suppression, as plainly as it can be written: what the fast forms are tested against.
//
// Boxes go by descending score, and each kept box removes the later ones of its group that overlap it too much. Sides are
// x2 - x1 + offset, so offset 1 is the legacy convention that counts pixels. A box is suppressed when IoU > iou_threshold, with
// suppress_equal when IoU >= iou_threshold; an IoU that is NaN (two boxes without area) never suppresses. Groups (class, level, image)
// are told apart by comparing them, never by moving boxes, so coordinates lose no precision.
//
// With offset 0 and suppress_equal 0 the result is torchvision.ops.nms's for every input, bit for bit (the same operations in the same
// order; BSD 3-Clause, read, not copied): https://github.com/pytorch/vision/blob/main/torchvision/csrc/ops/cpu/nms_kernel.cpp
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "drcnn_kernels.h"

namespace drcnn::plain {

/// Boxes are (x1, y1, x2, y2). std::max and std::min return their first argument when the other is NaN.
template <typename T>
T iou(const T* a, const T* b, T offset) {
  const auto area = [&](const T* box) { return (box[2] - box[0] + offset) * (box[3] - box[1] + offset); };
  const T left = std::max(a[0], b[0]), top = std::max(a[1], b[1]);
  const T right = std::min(a[2], b[2]), bottom = std::min(a[3], b[3]);
  const T intersection = std::max(T(0), right - left + offset) * std::max(T(0), bottom - top + offset);
  return intersection / (area(a) + area(b) - intersection);
}

/// The arguments of drcnn_nms_keep.
template <typename T>
void nms_keep(const drcnn_nms& call, const T* boxes, const int64_t* order, const int64_t* groups, uint8_t* keep) {
  std::fill_n(keep, call.boxes, uint8_t{0});
  std::vector<bool> suppressed(static_cast<size_t>(call.places));
  for (int64_t i = 0; i < call.places; i++) {
    if (suppressed[i]) continue;
    keep[order[i]] = 1;
    for (int64_t j = i + 1; j < call.places; j++) {
      if (groups != nullptr && groups[j] != groups[i]) break;
      const double overlap = iou(boxes + 4 * order[i], boxes + 4 * order[j], static_cast<T>(call.offset));
      if (call.suppress_equal ? overlap >= call.iou_threshold : overlap > call.iou_threshold) suppressed[j] = true;
    }
  }
}

}  // namespace drcnn::plain
