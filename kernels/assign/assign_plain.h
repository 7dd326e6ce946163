// The assigner, as plainly as it can be written: what the fast form is tested against.
//
// IoUs are those of libtorch's elementwise operators one after the other: sides x2 - x1 + offset, no negative intersection, a union of at
// least 1e-6, so that two boxes without area have IoU 0. An IoU that is NaN is larger than every number, as libtorch's maximum has it.
#pragma once

#include <algorithm>
#include <cstdint>

#include "drcnn_kernels.h"

namespace drcnn::plain {

template <typename T>
T assigned_iou(const T* truth, const T* box, T offset) {
  const auto area = [&](const T* of) { return (of[2] - of[0] + offset) * (of[3] - of[1] + offset); };
  const auto shared = [&](int axis) {
    return std::max(std::min(truth[axis + 2], box[axis + 2]) - std::max(truth[axis], box[axis]) + offset, T(0));
  };
  const T intersection = shared(0) * shared(1), both = area(truth) + area(box) - intersection;
  return intersection / (both < T(1e-6) ? T(1e-6) : both);
}

template <typename T>
bool is_larger(T a, T b) {
  return a > b || (a != a && b == b);
}

/// The arguments of drcnn_assign_best.
template <typename T>
void assign_best(const drcnn_assign& call, const T* boxes, const T* truth, T* iou, int64_t* matched, T* truth_iou) {
  std::fill_n(iou, call.images * call.boxes, T(-1));
  std::fill_n(truth_iou, call.images * call.truths, T(-1));
  for (int64_t n = 0; n < call.images; n++) {
    for (int64_t g = 0; g < call.truths; g++) {
      for (int64_t a = 0; a < call.boxes; a++) {
        const T* box = boxes + 4 * ((call.shared_boxes ? 0 : n * call.boxes) + a);
        const T value = assigned_iou(truth + 4 * (n * call.truths + g), box, static_cast<T>(call.offset));
        T& best = iou[n * call.boxes + a];
        if (is_larger(value, best)) {
          best = value;
          matched[n * call.boxes + a] = g;
        }
        T& of_truth = truth_iou[n * call.truths + g];
        if (is_larger(value, of_truth)) of_truth = value;
      }
    }
  }
}

/// The arguments of drcnn_assign_last.
template <typename T>
void assign_last(const drcnn_assign& call, const T* boxes, const T* truth, const T* levels, int64_t* last) {
  std::fill_n(last, call.images * call.boxes, int64_t{-1});
  for (int64_t n = 0; n < call.images; n++) {
    for (int64_t g = 0; g < call.truths; g++) {
      for (int64_t a = 0; a < call.boxes; a++) {
        const T* box = boxes + 4 * ((call.shared_boxes ? 0 : n * call.boxes) + a);
        const T value = assigned_iou(truth + 4 * (n * call.truths + g), box, static_cast<T>(call.offset));
        if (value == levels[n * call.truths + g]) last[n * call.boxes + a] = g;
      }
    }
  }
}

}  // namespace drcnn::plain
