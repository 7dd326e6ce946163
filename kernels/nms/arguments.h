// The checks of NMS's arguments, for every device.
#pragma once

#include <cmath>

#include "../common/sizes.h"

namespace drcnn {

inline void check_nms_arguments(const drcnn_nms& call) {
  check_sizes("nms: boxes", {call.boxes, 4});
  DRCNN_CHECK(
      call.places >= 0 && call.places <= call.boxes, "nms: order must list from 0 to ", call.boxes, " boxes, got ", call.places);
  DRCNN_CHECK(!std::isnan(call.iou_threshold), "nms: iou_threshold must be a number, got nan");
}

/// What only the host's own memory can be asked.
inline void check_nms_order(const drcnn_nms& call, const int64_t* order, const int64_t* groups) {
  for (int64_t i = 0; i < call.places; i++) {
    DRCNN_CHECK(
        order[i] >= 0 && order[i] < call.boxes, "nms: order[", i, "] must be a row of the ", call.boxes, " boxes, got ", order[i]);
    DRCNN_CHECK(
        groups == nullptr || i == 0 || groups[i - 1] <= groups[i], "nms: groups must ascend, got ", groups[i], " at ", i, " after ",
        groups[i - 1]);
  }
}

}  // namespace drcnn
