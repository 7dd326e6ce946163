#include "../ops/nms/nms.h"
#include "../ops/nms/nms_device.h"
#include "check.h"

namespace drcnn::tests {
namespace {

at::Tensor crowd(int64_t count, double extent, double side) {
  const auto corner = uniform({count, 2}, 0, extent);
  return at::cat({corner, corner + uniform({count, 2}, 0, side)}, 1).to(at::kFloat);
}

struct Case {
  std::string name;
  at::Tensor boxes, scores, groups;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  const auto add = [&](const std::string& name, const at::Tensor& boxes, const at::Tensor& scores, const at::Tensor& groups) {
    all.push_back({name, boxes, scores, groups});
  };
  const auto one_group = [](int64_t count) { return at::zeros({count}, at::kLong); };
  add("no boxes", at::zeros({0, 4}), at::zeros({0}), one_group(0));
  add("one box", crowd(1, 9, 9), at::rand({1}), one_group(1));
  add("two equal boxes", rows({0, 0, 9, 9, 0, 0, 9, 9}, 4), at::ones({2}), one_group(2));
  for (const int64_t count : {63, 64, 65, 300}) {
    const std::string size = std::to_string(count);
    add(size + " boxes", crowd(count, 60, 40), at::rand({count}), one_group(count));
    add(size + " boxes in groups", crowd(count, 60, 40), at::rand({count}), at::randint(-2, 4, {count}, at::kLong));
    add(size + " boxes of size 0", crowd(count, 3, 0), at::rand({count}), one_group(count));
    add(size + " padding", crowd(count, 60, 40), at::rand({count}), one_group(count) - 1);
  }
  add("2000 equal scores", crowd(2000, 300, 60), at::full({2000}, 0.5f), one_group(2000));
  add("far groups", crowd(130, 30, 30), at::rand({130}),
      at::where(at::rand({130}) < 0.5, at::full({130}, INT64_MAX, at::kLong), at::full({130}, INT64_MIN, at::kLong)));
  auto hostile = crowd(200, 60, 40);
  hostile.index_put_({at::randint(0, 200, {60}, at::kLong), at::randint(0, 4, {60}, at::kLong)}, at::scalar_tensor(kNaN));
  hostile.index_put_({at::randint(0, 200, {60}, at::kLong), at::randint(0, 4, {60}, at::kLong)}, at::scalar_tensor(kInf));
  hostile.index_put_({at::randint(0, 200, {30}, at::kLong), at::randint(0, 4, {30}, at::kLong)}, at::scalar_tensor(-kInf));
  auto scores = at::rand({200});
  scores.index_put_({at::randint(0, 200, {20}, at::kLong)}, at::scalar_tensor(kNaN));
  scores.index_put_({at::randint(0, 200, {20}, at::kLong)}, at::scalar_tensor(-kInf));
  add("NaN and infinity", hostile, scores, at::randint(0, 2, {200}, at::kLong));
  add("backwards boxes", crowd(150, 40, 40).index_select(1, at::tensor({int64_t{2}, int64_t{3}, int64_t{0}, int64_t{1}})), at::rand({150}),
      one_group(150));
  add("huge boxes", crowd(150, 1e30, 1e30), at::rand({150}), one_group(150));
  return all;
}

void compare(const Case& one, double threshold, double offset, bool equal, at::ScalarType type) {
  const auto boxes = one.boxes.to(type), scores = one.scores.to(type);
  const std::string what = "nms " + one.name + " IoU " + std::to_string(threshold) + " offset " + std::to_string(offset) +
                           (equal ? " equal " : " ") + c10::toString(type);
  const auto single = reference<decltype(nms_cpu)>("dynamic_rcnn::nms");
  const auto batched = reference<decltype(batched_nms_cpu)>("dynamic_rcnn::batched_nms");
  const auto keep = reference<decltype(nms_keep_cpu)>("dynamic_rcnn::nms_keep");
  const auto wide = type == at::kHalf ? boxes.to(at::kFloat) : boxes;
  check(
      same(twice(what, [&] { return nms_on<ShimDevice>(boxes, scores, threshold, offset, equal); }),
           single.call(wide, scores, threshold, offset, equal)),
      what);
  check(
      same(twice(what, [&] { return batched_nms_on<ShimDevice>(boxes, scores, one.groups, threshold, offset, equal); }),
           batched.call(wide, scores, one.groups, threshold, offset, equal)),
      what + " batched");
  const auto kept = keep.call(wide, scores, one.groups, threshold, offset, equal);
  check(
      same(twice(what, [&] { return nms_keep_on<ShimDevice>(boxes, scores, one.groups, threshold, offset, equal); }), kept),
      what + " keep");
  // As when memory allows a narrow window only: what lies beyond is compared one by one.
  const auto narrow = [&] {
    return nms::keep_on(
        ShimDevice(boxes), boxes, nms::by_score(scores), one.groups, threshold, offset, equal, true, 1);
  };
  check(same(twice(what, narrow), kept), what + " keep, window of one tile");
}

}  // namespace

void nms_tests() {
  for (const Case& one : cases()) {
    compare(one, 0.5, 0, false, at::kFloat);
    compare(one, 0.0, 0, true, at::kFloat);
    if (one.boxes.size(0) > 400) continue;
    compare(one, 0.3, 1, true, at::kFloat);
    compare(one, -1, 0, false, at::kFloat);
    compare(one, 1, 0, true, at::kDouble);
    compare(one, 0.7, 0, false, at::kBFloat16);
    compare(one, 0.7, 0, false, at::kHalf);
  }
}

}  // namespace drcnn::tests
