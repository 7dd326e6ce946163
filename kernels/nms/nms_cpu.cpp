// Non-maximum suppression on the CPU.
//
// Within a group: O(kept * boxes) vectorised comparisons over the boxes not yet suppressed, which are packed together
// whenever half of them are gone. Groups run in parallel. Determinism: the threads share nothing.
#include "nms.h"

#include <ATen/Dispatch.h>
#include <ATen/OpMathType.h>
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>
#include <torch/library.h>

#include <algorithm>
#include <vector>

#include "../vectorised.h"
#include "arguments.h"
#include "rule.h"

namespace drcnn {
namespace {

/// The boxes of a group that may still be kept, by descending score, one array a coordinate.
template <typename T>
struct Candidates {
  std::vector<T> x1, y1, x2, y2, area;
  std::vector<int64_t> row;  ///< in the operator's input
  std::vector<T> dead;       ///< 1 where suppressed; of type T so that all lanes have one width

  int64_t size() const { return static_cast<int64_t>(row.size()); }

  void add(const T* box, int64_t box_row, T offset) {
    x1.push_back(box[0]);
    y1.push_back(box[1]);
    x2.push_back(box[2]);
    y2.push_back(box[3]);
    area.push_back((box[2] - box[0] + offset) * (box[3] - box[1] + offset));
    row.push_back(box_row);
    dead.push_back(T(0));
  }

  /// Drops candidates [0, first) and the suppressed ones.
  void pack(int64_t first) {
    int64_t to = 0;
    for (int64_t from = first; from < size(); from++) {
      if (dead[from] != T(0)) continue;
      x1[to] = x1[from];
      y1[to] = y1[from];
      x2[to] = x2[from];
      y2[to] = y2[from];
      area[to] = area[from];
      row[to] = row[from];
      to++;
    }
    for (auto* values : {&x1, &y1, &x2, &y2, &area}) values->resize(to);
    row.resize(to);
    dead.assign(to, T(0));
  }
};

/// Marks what candidate i suppresses among the later ones. The conditional expressions are std::max and std::min, which
/// return their first argument when the other is NaN. Returns how many of the later ones are marked by now.
template <typename T, bool kSuppressEqual>
DRCNN_INLINE int64_t suppress_later(Candidates<T>& all, int64_t i, const Rule<T>& rule) {
  const T x1 = all.x1[i], y1 = all.y1[i], x2 = all.x2[i], y2 = all.y2[i], area = all.area[i];
  const T bar = rule.bar, offset = rule.offset;
  const int64_t size = all.size();
  const T* __restrict x1s = all.x1.data();
  const T* __restrict y1s = all.y1.data();
  const T* __restrict x2s = all.x2.data();
  const T* __restrict y2s = all.y2.data();
  const T* __restrict areas = all.area.data();
  T* __restrict dead = all.dead.data();
  for (int64_t j = i + 1; j < size; j++) {
    const T left = x1 < x1s[j] ? x1s[j] : x1, top = y1 < y1s[j] ? y1s[j] : y1;
    const T right = x2s[j] < x2 ? x2s[j] : x2, bottom = y2s[j] < y2 ? y2s[j] : y2;
    const T wide = right - left + offset, high = bottom - top + offset;
    const T intersection = (T(0) < wide ? wide : T(0)) * (T(0) < high ? high : T(0));
    const T iou = intersection / (area + areas[j] - intersection);
    dead[j] = (kSuppressEqual ? iou >= bar : iou > bar) ? T(1) : dead[j];
  }
  int64_t marked = 0;
  for (int64_t j = i + 1; j < size; j++) marked += dead[j] != T(0);
  return marked;
}

DRCNN_VECTORISED int64_t suppress(Candidates<float>& all, int64_t i, const Rule<float>& rule) {
  return rule.suppress_equal ? suppress_later<float, true>(all, i, rule) : suppress_later<float, false>(all, i, rule);
}
DRCNN_VECTORISED int64_t suppress(Candidates<double>& all, int64_t i, const Rule<double>& rule) {
  return rule.suppress_equal ? suppress_later<double, true>(all, i, rule) : suppress_later<double, false>(all, i, rule);
}

/// rows: one group, by descending score. Sets keep[row] for the kept ones.
template <typename T>
void suppress_group(const T* boxes, const int64_t* rows, int64_t count, const Rule<T>& rule, bool* keep) {
  Candidates<T> all;
  for (int64_t i = 0; i < count; i++) all.add(boxes + 4 * rows[i], rows[i], rule.offset);
  int64_t i = 0;
  while (i < all.size()) {
    if (all.dead[i] != T(0)) {
      i++;
      continue;
    }
    keep[all.row[i]] = true;
    const int64_t later = all.size() - i - 1;
    const int64_t marked = suppress(all, i, rule);
    i++;
    if (marked == later) return;
    if (2 * marked > later) {
      all.pack(i);
      i = 0;
    }
  }
}

/// The rows by descending score, equal scores in input order, NaN first.
std::vector<int64_t> by_score(const at::Tensor& scores) {
  const auto order = std::get<1>(scores.sort(/*stable=*/true, /*dim=*/0, /*descending=*/true)).contiguous();
  const auto* rows = order.data_ptr<int64_t>();
  return {rows, rows + order.numel()};
}

/// Computes keep[row] for all rows listed in order (by descending score), each group on its own; groups may be null.
void suppress_groups(
    const at::Tensor& boxes, std::vector<int64_t> order, const int64_t* groups, double iou_threshold, double offset,
    bool suppress_equal, bool* keep) {
  const auto count = static_cast<int64_t>(order.size());
  std::vector<int64_t> starts{0};
  if (groups != nullptr) {
    std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return groups[a] < groups[b]; });
    for (int64_t i = 1; i < count; i++) {
      if (groups[order[i]] != groups[order[i - 1]]) starts.push_back(i);
    }
  }
  starts.push_back(count);
  AT_DISPATCH_FLOATING_TYPES_AND(at::kBFloat16, boxes.scalar_type(), "nms", [&] {
    using compute_t = at::opmath_type<scalar_t>;
    const auto values = boxes.to(c10::CppTypeToScalarType<compute_t>::value).contiguous();
    const auto* data = values.template data_ptr<compute_t>();
    const auto rule = rule_of<compute_t>(iou_threshold, offset, suppress_equal);
    at::parallel_for(0, static_cast<int64_t>(starts.size()) - 1, 1, [&](int64_t begin, int64_t end) {
      for (int64_t g = begin; g < end; g++) {
        suppress_group(data, order.data() + starts[g], starts[g + 1] - starts[g], rule, keep);
      }
    });
  });
}

/// The rows of order that are kept, in that order.
at::Tensor kept_rows(const std::vector<int64_t>& order, const bool* keep, const at::Tensor& boxes) {
  auto rows = at::empty({std::count(keep, keep + order.size(), true)}, boxes.options().dtype(at::kLong));
  std::copy_if(order.begin(), order.end(), rows.data_ptr<int64_t>(), [&](int64_t row) { return keep[row]; });
  return rows;
}

}  // namespace

at::Tensor nms_cpu(
    const at::Tensor& boxes, const at::Tensor& scores, double iou_threshold, double offset, bool suppress_equal) {
  const at::NoGradGuard no_grad;
  check_nms_arguments("nms", boxes, scores, iou_threshold, false);
  const auto order = by_score(scores);
  const auto keep = at::zeros({boxes.size(0)}, boxes.options().dtype(at::kBool));
  suppress_groups(boxes, order, nullptr, iou_threshold, offset, suppress_equal, keep.data_ptr<bool>());
  return kept_rows(order, keep.data_ptr<bool>(), boxes);
}

at::Tensor batched_nms_cpu(
    const at::Tensor& boxes, const at::Tensor& scores, const at::Tensor& groups, double iou_threshold, double offset,
    bool suppress_equal) {
  const at::NoGradGuard no_grad;
  check_nms_arguments("batched_nms", boxes, scores, iou_threshold, false);
  check_nms_groups("batched_nms", groups, boxes);
  const auto order = by_score(scores);
  const auto group_of = groups.contiguous();
  const auto keep = at::zeros({boxes.size(0)}, boxes.options().dtype(at::kBool));
  suppress_groups(
      boxes, order, group_of.data_ptr<int64_t>(), iou_threshold, offset, suppress_equal, keep.data_ptr<bool>());
  return kept_rows(order, keep.data_ptr<bool>(), boxes);
}

at::Tensor nms_keep_cpu(
    const at::Tensor& boxes, const at::Tensor& scores, const at::Tensor& groups, double iou_threshold, double offset,
    bool suppress_equal) {
  const at::NoGradGuard no_grad;
  check_nms_arguments("nms_keep", boxes, scores, iou_threshold, false);
  check_nms_groups("nms_keep", groups, boxes);
  const auto group_of = groups.contiguous();
  const auto* group = group_of.data_ptr<int64_t>();
  auto order = by_score(scores);
  order.erase(std::remove_if(order.begin(), order.end(), [&](int64_t row) { return group[row] < 0; }), order.end());
  auto keep = at::zeros({boxes.size(0)}, boxes.options().dtype(at::kBool));
  suppress_groups(boxes, std::move(order), group, iou_threshold, offset, suppress_equal, keep.data_ptr<bool>());
  return keep;
}

}  // namespace drcnn

TORCH_LIBRARY_IMPL(dynamic_rcnn, CPU, m) {
  m.impl("nms", drcnn::nms_cpu);
  m.impl("batched_nms", drcnn::batched_nms_cpu);
  m.impl("nms_keep", drcnn::nms_keep_cpu);
}
