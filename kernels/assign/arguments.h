// The checks of the assigner's arguments.
#pragma once

#include <cmath>

#include "../common/sizes.h"

namespace drcnn {

inline void check_assign_arguments(const drcnn_assign& call) {
  check_sizes("assign: boxes", {call.shared_boxes ? 1 : call.images, call.boxes, 4});
  check_sizes("assign: truth", {call.images, call.truths, 4});
  check_sizes("assign: the IoUs of the boxes", {call.images, call.boxes});
  DRCNN_CHECK(call.truths > 0, "assign: truth must have at least one row an image, padding rows included, got ", call.truths);
  DRCNN_CHECK(call.truths <= INT32_MAX, "assign: truth must have at most ", INT32_MAX, " rows an image, got ", call.truths);
  DRCNN_CHECK(std::isfinite(call.offset), "assign: offset must be finite, got ", call.offset);
}

}  // namespace drcnn
