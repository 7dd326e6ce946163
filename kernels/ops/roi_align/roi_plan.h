// Everything about the RoIs of one call that does not depend on the channel: samples or taps, which image each RoI
// looks at, and which part of each map is touched at all.
#pragma once

#include <c10/util/Exception.h>

#include "sampling.h"

namespace drcnn {

/// Columns [begin, end) of one map row; empty when begin >= end.
struct RowSpan {
  int32_t begin, end;
};

template <typename T>
int32_t lowest(const Sample<T>& sample) { return sample.low; }
template <typename T>
int32_t highest(const Sample<T>& sample) { return sample.high; }
template <typename T>
int32_t lowest(const Tap<T>& tap) { return tap.index; }
template <typename T>
int32_t highest(const Tap<T>& tap) { return tap.index; }

/// The bins of RoI r are y bins r * pooled_height ... and x bins r * pooled_width ...
template <typename T, typename Entry>
struct RoiPlan {
  AxisLists<Entry> y, x;
  std::vector<T> sample_counts;                    ///< [R], at least 1
  std::vector<std::vector<int64_t>> rois_of_image; ///< [N], ascending
  std::vector<int64_t> padding_rows;
  std::vector<RowSpan> touched;                    ///< [N * H]
};

/// Indices that entries [first, last) reach, as a half-open range; empty for no entries.
template <typename Entry>
RowSpan reach(const Entry* first, const Entry* last, int64_t size) {
  RowSpan span{static_cast<int32_t>(size), 0};
  for (; first != last; first++) {
    span.begin = std::min(span.begin, lowest(*first));
    span.end = std::max(span.end, highest(*first) + 1);
  }
  return span;
}

/// rois: R rows of (image index, x1, y1, x2, y2).
template <typename T, typename Entry>
RoiPlan<T, Entry> plan_rois(
    const T* rois, int64_t roi_count, int64_t batch, int64_t height, int64_t width, const RoiAlignOptions& options) {
  RoiPlan<T, Entry> plan;
  plan.sample_counts.resize(roi_count, T(1));
  plan.rois_of_image.resize(batch);
  plan.touched.assign(batch * height, RowSpan{static_cast<int32_t>(width), 0});
  const int64_t bins_y = options.pooled_height, bins_x = options.pooled_width;
  for (int64_t r = 0; r < roi_count; r++) {
    const T* roi = rois + 5 * r;
    if (roi[0] < T(0)) {
      plan.padding_rows.push_back(r);
      plan.y.ends.resize(plan.y.ends.size() + bins_y, plan.y.ends.back());
      plan.x.ends.resize(plan.x.ends.size() + bins_x, plan.x.ends.back());
      continue;
    }
    TORCH_CHECK(
        roi[0] < static_cast<T>(batch), "roi_align: rois[", r, "][0] must be an image index below ", batch, ", got ",
        roi[0]);
    const auto image = static_cast<int64_t>(roi[0]);
    const Side<T> side_y = side(roi[2], roi[4], options, bins_y), side_x = side(roi[1], roi[3], options, bins_x);
    append(plan.y, side_y, bins_y, height);
    append(plan.x, side_x, bins_x, width);
    plan.sample_counts[r] = static_cast<T>(std::max<int64_t>(side_y.samples * side_x.samples, 1));
    plan.rois_of_image[image].push_back(r);
    const RowSpan rows = reach(plan.y.begin_of(r * bins_y), plan.y.end_of((r + 1) * bins_y - 1), height);
    const RowSpan columns = reach(plan.x.begin_of(r * bins_x), plan.x.end_of((r + 1) * bins_x - 1), width);
    if (columns.begin >= columns.end) continue;
    for (int64_t row = rows.begin; row < rows.end; row++) {
      RowSpan& span = plan.touched[image * height + row];
      span.begin = std::min(span.begin, columns.begin);
      span.end = std::max(span.end, columns.end);
    }
  }
  return plan;
}

}  // namespace drcnn
