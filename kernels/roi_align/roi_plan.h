// Everything about the RoIs of one call that does not depend on the channel: the samples, which image each RoI
// looks at, and which part of each map is touched at all.
#pragma once

#include "../common/host.h"
#include "sampling.h"

namespace drcnn {

/// Columns [begin, end) of one map row; empty when begin >= end.
struct RowSpan {
  int32_t begin, end;
};

/// The bins of RoI r are y bins r * pooled_height ... and x bins r * pooled_width ...
template <typename T>
struct RoiPlan {
  SampleLists<T> y, x;
  std::vector<T> sample_counts;                    ///< [R], at least 1
  std::vector<std::vector<int64_t>> rois_of_image; ///< [N], ascending
  std::vector<int64_t> padding_rows;
  std::vector<RowSpan> touched;                    ///< [N * H]
};

/// Indices that samples [first, last) reach; empty for no samples.
template <typename T>
RowSpan reach(const Sample<T>* first, const Sample<T>* last, int64_t size) {
  RowSpan span{static_cast<int32_t>(size), 0};
  for (; first != last; first++) {
    span.begin = std::min(span.begin, first->low);
    span.end = std::max(span.end, first->high + 1);
  }
  return span;
}

/// rois: R rows of (image index, x1, y1, x2, y2).
template <typename T>
RoiPlan<T> plan_rois(
    const T* rois, int64_t roi_count, int64_t batch, int64_t height, int64_t width, const RoiAlignOptions& options) {
  RoiPlan<T> plan;
  plan.sample_counts.resize(roi_count, T(1));
  plan.rois_of_image.resize(batch);
  plan.touched.assign(batch * height, RowSpan{static_cast<int32_t>(width), 0});
  const int64_t bins_y = options.pooled_height, bins_x = options.pooled_width;
  for (int64_t r = 0; r < roi_count; r++) {
    const T* roi = rois + 5 * r;
    if (roi[0] < T(0)) {
      plan.padding_rows.push_back(r);
      plan.y.append_empty(bins_y);
      plan.x.append_empty(bins_x);
      continue;
    }
    DRCNN_CHECK(
        roi[0] < static_cast<T>(batch), "roi_align: rois[", r, "][0] must be an image index below ", batch, ", got ",
        roi[0]);
    const auto image = static_cast<int64_t>(roi[0]);
    const Side<T> side_y = side(roi[2], roi[4], options, bins_y), side_x = side(roi[1], roi[3], options, bins_x);
    plan.y.append(side_y, bins_y, height);
    plan.x.append(side_x, bins_x, width);
    plan.sample_counts[r] = sample_count(side_y, side_x);
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
