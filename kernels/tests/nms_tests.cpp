// NMS: the fast form, any number of threads and the CUDA kernels against the plain form, in both types, on boxes that no model gives it.
#include <algorithm>
#include <numeric>

#include "../nms/nms.cuh"
#include "../nms/nms_plain.h"
#include "check.h"
#include "types.h"

namespace drcnn::tests {
namespace {

using Rows = Values<int64_t>;

struct Boxes {
  std::string name;
  Values<float> boxes;   ///< [B, 4]
  Values<float> scores;  ///< [B]
  Rows groups;           ///< [B], of any value; empty: one group
};

struct Listed {
  Rows order, groups;  ///< groups: of each place; empty: one group
};

/// The rows by group, then by descending score, equal scores in input order, NaN first. negative: also those of a negative group.
Listed listed(const Boxes& all, bool negative) {
  Listed list;
  for (int64_t row = 0; row < static_cast<int64_t>(all.scores.size()); row++) {
    if (all.groups.empty() || negative || all.groups[row] >= 0) list.order.push_back(row);
  }
  std::stable_sort(list.order.begin(), list.order.end(), [&](int64_t a, int64_t b) {
    if (!all.groups.empty() && all.groups[a] != all.groups[b]) return all.groups[a] < all.groups[b];
    const float x = all.scores[a], y = all.scores[b];
    return x != x ? y == y : x > y;
  });
  for (const int64_t row : list.order) {
    if (!all.groups.empty()) list.groups.push_back(all.groups[row]);
  }
  return list;
}

Values<float> crowd(Draw& draw, int64_t count, double extent, double side) {
  Values<float> boxes;
  for (int64_t i = 0; i < count; i++) {
    const double x = draw.uniform(0, extent), y = draw.uniform(0, extent);
    for (const double value : {x, y, x + draw.uniform(0, side), y + draw.uniform(0, side)}) boxes.push_back(static_cast<float>(value));
  }
  return boxes;
}

Rows drawn_groups(Draw& draw, int64_t count, int64_t low, int64_t high) {
  Rows groups(count);
  for (int64_t& group : groups) group = draw.whole(low, high);
  return groups;
}

void strike(Draw& draw, Values<float>& values, int64_t times, float with) {
  for (int64_t i = 0; i < times && !values.empty(); i++) values[draw.whole(0, static_cast<int64_t>(values.size()) - 1)] = with;
}

std::vector<Boxes> cases(Draw& draw) {
  std::vector<Boxes> all;
  const auto add = [&](const std::string& name, const Values<float>& boxes, const Rows& groups = {}) {
    all.push_back({name, boxes, draw.values<float>(static_cast<int64_t>(boxes.size()) / 4, 0, 1), groups});
  };
  add("no boxes", {});
  add("one box", crowd(draw, 1, 9, 9));
  add("two equal boxes", {0, 0, 9, 9, 0, 0, 9, 9});
  for (const int64_t count : {63, 64, 65, 300}) {
    const std::string size = std::to_string(count);
    add(size + " boxes", crowd(draw, count, 60, 40));
    add(size + " boxes in groups", crowd(draw, count, 60, 40), drawn_groups(draw, count, -2, 4));
    add(size + " boxes of size 0", crowd(draw, count, 3, 0));
    add(size + " padding", crowd(draw, count, 60, 40), Rows(count, -1));
  }
  add("2000 equal scores", crowd(draw, 2000, 300, 60));
  std::fill(all.back().scores.begin(), all.back().scores.end(), 0.5f);
  Rows far(130);
  for (int64_t& group : far) group = draw.one_of({INT64_MIN, INT64_MAX});
  add("far groups", crowd(draw, 130, 30, 30), far);
  auto hostile = crowd(draw, 200, 60, 40);
  strike(draw, hostile, 60, kNaN), strike(draw, hostile, 60, kInf), strike(draw, hostile, 30, -kInf);
  add("NaN and infinity", hostile, drawn_groups(draw, 200, 0, 1));
  strike(draw, all.back().scores, 20, kNaN), strike(draw, all.back().scores, 20, -kInf);
  auto backwards = crowd(draw, 150, 40, 40);
  for (size_t i = 0; i < backwards.size(); i += 4) std::swap_ranges(&backwards[i], &backwards[i] + 2, &backwards[i] + 2);
  add("backwards boxes", backwards);
  add("huge boxes", crowd(draw, 150, 1e30, 1e30));
  return all;
}

struct Setting {
  double threshold, offset;
  bool equal;
};

template <typename T>
struct Call {
  drcnn_nms arguments;
  const Values<T>& boxes;
  const Listed& list;
  std::string what;

  const int64_t* groups() const { return list.groups.empty() ? nullptr : list.groups.data(); }
  Values<uint8_t> before() const { return Values<uint8_t>(arguments.boxes, 0xCD); }

  Values<uint8_t> plainly() const {
    auto keep = before();
    plain::nms_keep(arguments, boxes.data(), list.order.data(), groups(), keep.data());
    return keep;
  }
  Values<uint8_t> fast() const {
    auto keep = before();
    done(drcnn_nms_keep(&arguments, boxes.data(), list.order.data(), groups(), keep.data()), what);
    return keep;
  }
  template <typename Stored>
  Values<uint8_t> on_cuda(const Values<Stored>& stored) const {
    drcnn_nms of_type = arguments;
    of_type.type = kTypeOf<Stored>;
    auto keep = before();
    auto scratch = garbage(drcnn_cuda_nms_keep_scratch(&of_type), what);
    done(drcnn_cuda_nms_keep(&of_type, stored.data(), list.order.data(), groups(), keep.data(), scratch.data(), nullptr), what);
    return keep;
  }
  /// As when memory allows a window of one tile only: what lies beyond is compared one by one.
  Values<uint8_t> on_cuda_narrowly() const {
    auto keep = before();
    auto scratch = garbage(nms::Scratch<T>::bytes(arguments.places, 1), what);
    nms::keep_on(nullptr, arguments, boxes.data(), list.order.data(), groups(), keep.data(), scratch.data(), 1);
    return keep;
  }
};

template <typename T>
void compare(const Boxes& all, const Setting& s, bool negative, const Values<T>& boxes) {
  const auto list = listed(all, negative);
  const auto count = static_cast<int64_t>(all.scores.size()), places = static_cast<int64_t>(list.order.size());
  const std::string what = "nms " + all.name + " " + name_of_type(kTypeOf<T>) + ", IoU " + std::to_string(s.threshold) + ", offset " +
                           std::to_string(s.offset) + (s.equal ? ", equal" : "") + (negative ? "" : ", without padding");
  const Call<T> call{{count, places, s.threshold, s.offset, kTypeOf<T>, s.equal}, boxes, list, what};
  const auto expected = call.plainly();
  check(same(on_threads(what, [&] { return call.fast(); }), expected), what);
  check(same(twice(what, [&] { return call.on_cuda(boxes); }), expected), what + " on CUDA");
  check(same(twice(what, [&] { return call.on_cuda_narrowly(); }), expected), what + " on CUDA, window of one tile");
}

void compare_all(const Boxes& all, const Setting& s) {
  for (const bool negative : {false, true}) {
    if (!negative && all.groups.empty()) continue;
    compare(all, s, negative, all.boxes);
    compare(all, s, negative, as<double>(all.boxes));
  }
}

/// float16 boxes are compared in float32.
void compare_half(const Boxes& all, const Setting& s) {
  const auto list = listed(all, true);
  const auto stored = as<Float16>(all.boxes);
  const auto boxes = as<float>(stored);
  const auto count = static_cast<int64_t>(all.scores.size());
  const std::string what = "nms " + all.name + " float16 on CUDA";
  const Call<float> call{{count, count, s.threshold, s.offset, drcnn_float32, s.equal}, boxes, list, what};
  check(same(twice(what, [&] { return call.on_cuda(stored); }), call.plainly()), what);
}

/// An IoU of type float32 must be compared with the float64 threshold, not with the nearest float32.
void thresholds() {
  for (const double threshold : {0.1, 0.3, 0.5, 0.7, 1.0 / 3, -1.0, 0.0, 1.0}) {
    const auto nearest = static_cast<float>(threshold);
    for (const float iou : {std::nextafter(nearest, -kInf), nearest, std::nextafter(nearest, kInf)}) {
      check((iou > rule_of<float>(threshold, 0, false).bar) == (static_cast<double>(iou) > threshold), "nms: above a threshold");
      check((iou >= rule_of<float>(threshold, 0, true).bar) == (static_cast<double>(iou) >= threshold), "nms: at a threshold");
    }
  }
}

void hostile_shapes(int64_t draws) {
  Draw draw(5);
  for (int64_t i = 0; i < draws; i++) {
    const int64_t count = draw.one_of({0, 1, 2, 31, 32, 33, 257});
    auto boxes = crowd(draw, count, 40, 35);
    for (size_t k = 2; k < boxes.size(); k += 4) boxes[k] -= 5, boxes[k + 1] -= 5;
    auto scores = draw.values<float>(count, 0, 1);
    for (const float value : {kNaN, kInf, -kInf, 1e38f}) strike(draw, boxes, 1, value), strike(draw, scores, 1, value);
    const Boxes all{"drawn, of " + std::to_string(count), boxes, scores, i % 4 == 0 ? Rows() : drawn_groups(draw, count, -1, 2)};
    compare_all(all, {0.25 * static_cast<double>(draw.one_of({-1, 0, 1, 2, 4})), i % 3 == 0 ? 1.0 : 0.0, i % 2 == 0});
  }
}

/// Thousands of equal scores: the first of equal boxes is kept, and all of those apart.
void thousands() {
  const int64_t many = 3000;
  Boxes equal{"3000 equal boxes", {}, Values<float>(many, 0.5f), {}}, apart{"3000 boxes apart", {}, Values<float>(many, 0.5f), {}};
  for (int64_t i = 0; i < many; i++) {
    for (const float value : {0.0f, 0.0f, 9.0f, 9.0f}) {
      equal.boxes.push_back(value);
      apart.boxes.push_back(value + 10.0f * static_cast<float>(i));
    }
  }
  const drcnn_nms call{many, many, 0.5, 0, drcnn_float32, 0};
  for (const bool one : {true, false}) {
    const Boxes& all = one ? equal : apart;
    const auto list = listed(all, true);
    Values<uint8_t> expected(many, one ? 0 : 1);
    expected[0] = 1;
    check(same(Call<float>{call, all.boxes, list, all.name}.fast(), expected), "nms: " + all.name);
  }
}

void refusals() {
  const Values<float> boxes(12, 1.0f);
  const Rows order{0, 1, 2}, groups{0, 0, 0};
  Values<uint8_t> keep(3);
  const auto either = [&](const drcnn_nms& call, const std::string& what) {
    refused(drcnn_nms_keep(&call, boxes.data(), order.data(), groups.data(), keep.data()), "nms: " + what);
    check(drcnn_cuda_nms_keep_scratch(&call) == -1, "nms on CUDA: scratch of " + what);
    refused(drcnn_cuda_nms_keep(&call, boxes.data(), order.data(), groups.data(), keep.data(), nullptr, nullptr), "nms on CUDA: " + what);
  };
  either({3, 3, kNaN, 0, drcnn_float32, 0}, "a threshold that is no number");
  either({-1, 0, 0.5, 0, drcnn_float32, 0}, "fewer boxes than none");
  either({3, -1, 0.5, 0, drcnn_float32, 0}, "fewer places than none");
  either({3, 4, 0.5, 0, drcnn_float32, 0}, "more places than boxes");
  either({INT64_MAX, 3, 0.5, 0, drcnn_float32, 0}, "more boxes than memory has");
  either({3, 3, 0.5, 0, 4, 0}, "whole numbers");
  either({3, 3, 0.5, 0, drcnn_bfloat16, 0}, "bfloat16");
  const drcnn_nms half{3, 3, 0.5, 0, drcnn_float16, 0}, call{3, 3, 0.5, 0, drcnn_float32, 0};
  refused(drcnn_nms_keep(&half, boxes.data(), order.data(), groups.data(), keep.data()), "nms: float16 on a CPU");
  for (const int64_t row : {int64_t{-1}, int64_t{3}, INT64_MAX, INT64_MIN}) {
    const Rows wrong{0, row, 2};
    refused(drcnn_nms_keep(&call, boxes.data(), wrong.data(), groups.data(), keep.data()), "nms: row " + std::to_string(row));
  }
  const Rows apart{0, 1, 0};
  refused(drcnn_nms_keep(&call, boxes.data(), order.data(), apart.data(), keep.data()), "nms: a group in two places");
  const drcnn_nms many{(int64_t{1} << 30) + 1, 3, 0.5, 0, drcnn_float32, 0};
  check(drcnn_cuda_nms_keep_scratch(&many) == -1, "nms on CUDA: more boxes than a launch has room for");
}

}  // namespace

void nms_tests(int64_t draws) {
  Draw draw(3);
  for (const Boxes& one : cases(draw)) {
    compare_all(one, {0.5, 0, false});
    compare_all(one, {0.0, 0, true});
    if (one.scores.size() > 400) continue;
    compare_all(one, {0.3, 1, true});
    compare_all(one, {-1, 0, false});
    compare_all(one, {1, 0, true});
    compare_all(one, {0.7, 0, false});
    compare_half(one, {0.7, 0, false});
  }
  hostile_shapes(draws);
  thresholds();
  thousands();
  refusals();
}

}  // namespace drcnn::tests
