// Non-maximum suppression on the CPU.
//
// Within a group: O(kept * boxes) vectorised comparisons over the boxes not yet suppressed, which are packed together
// whenever half of them are gone. Groups run in parallel. Determinism: the threads share nothing.
#include <algorithm>
#include <cstring>
#include <vector>

#include "../common/isa.h"
#include "../common/types.h"
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

template <typename T>
DRCNN_INLINE void suppress_by_rule(Candidates<T>& all, int64_t i, const Rule<T>& rule, int64_t& marked) {
  marked = rule.suppress_equal ? suppress_later<T, true>(all, i, rule) : suppress_later<T, false>(all, i, rule);
}

DRCNN_VERSIONS(
    suppress, (Candidates<float>& all, int64_t i, const Rule<float>& rule, int64_t& marked), suppress_by_rule, (all, i, rule, marked))
DRCNN_VERSIONS(
    suppress, (Candidates<double>& all, int64_t i, const Rule<double>& rule, int64_t& marked), suppress_by_rule, (all, i, rule, marked))

/// rows: one group, by descending score. Sets keep[row] of the kept ones.
template <typename T>
void suppress_group(const T* boxes, const int64_t* rows, int64_t count, const Rule<T>& rule, uint8_t* keep) {
  Candidates<T> all;
  for (int64_t i = 0; i < count; i++) all.add(boxes + 4 * rows[i], rows[i], rule.offset);
  int64_t i = 0;
  while (i < all.size()) {
    if (all.dead[i] != T(0)) {
      i++;
      continue;
    }
    keep[all.row[i]] = 1;
    const int64_t later = all.size() - i - 1;
    int64_t marked = 0;
    suppress(all, i, rule, marked);
    i++;
    if (marked == later) return;
    if (2 * marked > later) {
      all.pack(i);
      i = 0;
    }
  }
}

template <typename T>
void suppress_groups(const drcnn_nms& call, const T* boxes, const int64_t* order, const int64_t* groups, uint8_t* keep) {
  std::vector<int64_t> starts{0};
  for (int64_t i = 1; groups != nullptr && i < call.places; i++) {
    if (groups[i] != groups[i - 1]) starts.push_back(i);
  }
  starts.push_back(call.places);
  const auto rule = rule_of<T>(call.iou_threshold, call.offset, call.suppress_equal != 0);
  parallel_for(0, static_cast<int64_t>(starts.size()) - 1, 1, [&](int64_t begin, int64_t end) {
    for (int64_t g = begin; g < end; g++) suppress_group(boxes, order + starts[g], starts[g + 1] - starts[g], rule, keep);
  });
}

}  // namespace
}  // namespace drcnn

int32_t drcnn_nms_keep(const drcnn_nms* call, const void* boxes, const int64_t* order, const int64_t* groups, uint8_t* keep) {
  return drcnn::guarded([&] {
    drcnn::isa();
    drcnn::check_nms_arguments(*call);
    drcnn::by_type<float, double>("nms: the type of boxes", call->type, [&](auto number) {
      drcnn::check_nms_order(*call, order, groups);
      if (call->boxes > 0) std::memset(keep, 0, static_cast<size_t>(call->boxes));
      drcnn::suppress_groups(*call, static_cast<const decltype(number)*>(boxes), order, groups, keep);
    });
  });
}
