// The assigner: the fast form and any number of threads against the plain form, to the bit, in both types, on boxes that no model gives it.
#include <algorithm>

#include "../assign/assign_plain.h"
#include "check.h"
#include "types.h"

namespace drcnn::tests {
namespace {

struct Scene {
  std::string name;
  int64_t images, truths, boxes;
  bool shared_boxes;
  double offset;
  Values<float> box, truth;
};

template <typename T>
struct Assigned {
  Values<T> iou, truth_iou;
  Values<int64_t> matched;
};

using tests::same;

template <typename T>
bool same(const Assigned<T>& a, const Assigned<T>& b) {
  return same(a.iou, b.iou) && same(a.truth_iou, b.truth_iou) && a.matched == b.matched;
}

drcnn_assign call_of(const Scene& scene, int32_t type) {
  return {scene.images, scene.truths, scene.boxes, scene.offset, type, scene.shared_boxes};
}

template <typename T>
Assigned<T> room(const Scene& scene) {
  return {
      unwritten<T>(scene.images * scene.boxes), unwritten<T>(scene.images * scene.truths),
      Values<int64_t>(scene.images * scene.boxes, -77)};
}

template <typename T>
void compare(const Scene& scene) {
  const std::string what = "assign " + scene.name + (sizeof(T) == 4 ? " float32" : " float64");
  const drcnn_assign call = call_of(scene, kTypeOf<T>);
  const Values<T> boxes = as<T>(scene.box), truth = as<T>(scene.truth);
  Assigned<T> expected = room<T>(scene);
  plain::assign_best(call, boxes.data(), truth.data(), expected.iou.data(), expected.matched.data(), expected.truth_iou.data());
  if (scene.boxes == 0) std::fill(expected.truth_iou.begin(), expected.truth_iou.end(), T(0));
  const Assigned<T> fast = on_threads(what, [&] {
    Assigned<T> best = room<T>(scene);
    done(drcnn_assign_best(&call, boxes.data(), truth.data(), best.iou.data(), best.matched.data(), best.truth_iou.data()), what);
    return best;
  });
  check(same(fast.iou, expected.iou), what + ": the largest IoUs");
  check(fast.matched == expected.matched, what + ": the ground truths that have them");
  check(same(fast.truth_iou, expected.truth_iou), what + ": the ground truths' largest IoUs");

  // Each ground truth asks for its own largest IoU, for none, and for 0, which boxes that touch nothing have.
  Values<T> levels = expected.truth_iou;
  for (size_t g = 0; g < levels.size(); g++) {
    if (g % 5 == 1) levels[g] = 2;
    if (g % 5 == 3) levels[g] = 0;
  }
  Values<int64_t> last(scene.images * scene.boxes, -77);
  plain::assign_last(call, boxes.data(), truth.data(), levels.data(), last.data());
  check(last == on_threads(what, [&] {
          Values<int64_t> rows(scene.images * scene.boxes, -77);
          done(drcnn_assign_last(&call, boxes.data(), truth.data(), levels.data(), rows.data()), what);
          return rows;
        }), what + ": the last one at its level");
}

Values<float> drawn_boxes(Draw& draw, int64_t count, double extent, double side) {
  Values<float> boxes;
  for (int64_t i = 0; i < count; i++) {
    // Whole numbers now and then, so that IoUs are equal and sides meet.
    const bool whole = draw.whole(0, 1) == 1;
    const double x = draw.uniform(0, extent), y = draw.uniform(0, extent);
    for (const double value : {x, y, x + draw.uniform(-side / 8, side), y + draw.uniform(-side / 8, side)}) {
      boxes.push_back(static_cast<float>(whole ? std::floor(value) : value));
    }
  }
  return boxes;
}

/// Anchors row after row: neighbours are near each other, so that most ground truths touch no box of a tile.
Values<float> grid(int64_t side, float stride, float size) {
  Values<float> boxes;
  for (int64_t y = 0; y < side; y++) {
    for (int64_t x = 0; x < side; x++) {
      const float left = static_cast<float>(x) * stride, top = static_cast<float>(y) * stride;
      boxes.insert(boxes.end(), {left - size, top - size, left + size, top + size});
    }
  }
  return boxes;
}

void strike(Draw& draw, Values<float>& values, int64_t times, float with) {
  for (int64_t i = 0; i < times && !values.empty(); i++) values[draw.whole(0, static_cast<int64_t>(values.size()) - 1)] = with;
}

void refusals() {
  const float boxes[8] = {}, truth[4] = {};
  float iou[2], truth_iou[1];
  int64_t matched[2];
  const std::pair<const char*, drcnn_assign> wrong[] = {
      {"no ground truth", {1, 0, 2, 0, drcnn_float32, 1}},        {"boxes below 0", {1, 1, -1, 0, drcnn_float32, 1}},
      {"images below 0", {-1, 1, 2, 0, drcnn_float32, 0}},        {"sizes beyond memory", {INT64_MAX / 2, 1, 2, 0, drcnn_float32, 0}},
      {"ground truths beyond 31 bits", {1, int64_t{1} << 31, 2, 0, drcnn_float32, 1}},
      {"an offset that is not a number", {1, 1, 2, double{kNaN}, drcnn_float32, 1}},
      {"a type that it does not know", {1, 1, 2, 0, drcnn_bfloat16, 1}},
  };
  for (const auto& [what, call] : wrong) {
    refused(drcnn_assign_best(&call, boxes, truth, iou, matched, truth_iou), std::string("assign_best: ") + what);
    refused(drcnn_assign_last(&call, boxes, truth, truth_iou, matched), std::string("assign_last: ") + what);
  }
}

}  // namespace

void assign_tests(int64_t draws) {
  Draw draw(11);
  std::vector<Scene> scenes;
  for (const double offset : {0.0, 1.0}) {
    scenes.push_back({"of nothing", 2, 1, 0, true, offset, {}, Values<float>(8, -1e6f)});
    scenes.push_back({"of anchors", 2, 40, 1600, true, offset, grid(40, 8, 16), drawn_boxes(draw, 80, 320, 60)});
    scenes.push_back({"far away", 1, 3, 300, true, offset, drawn_boxes(draw, 300, 50, 9), Values<float>(12, -1e6f)});
    scenes.push_back({"of points", 1, 5, 130, true, offset, Values<float>(520, 4.f), Values<float>(20, 4.f)});
    for (const float odd : {kNaN, kInf, -kInf, 3e38f, 2e7f}) {
      for (int64_t i = 0; i < draws; i++) {
        Scene scene{"with " + std::to_string(odd), draw.whole(1, 3), draw.whole(1, 30), draw.whole(1, 400), i % 2 == 0, offset, {}, {}};
        scene.box = drawn_boxes(draw, (scene.shared_boxes ? 1 : scene.images) * scene.boxes, 200, 80);
        scene.truth = drawn_boxes(draw, scene.images * scene.truths, 200, 80);
        if (i % 3 != 0) strike(draw, scene.box, 3, odd);
        if (i % 3 != 1) strike(draw, scene.truth, 3, odd);
        scenes.push_back(scene);
      }
    }
  }
  for (const Scene& scene : scenes) {
    compare<float>(scene);
    compare<double>(scene);
  }
  refusals();
}

}  // namespace drcnn::tests
