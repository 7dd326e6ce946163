#include "../ops/roi_align/roi_align.h"
#include "../ops/roi_align/roi_align_device.h"
#include "check.h"

namespace drcnn::tests {
namespace {

/// RoIs inside, across and outside a map of a side; an index below 0 now and then.
at::Tensor drawn(int64_t count, int64_t images, double side) {
  const auto corner = uniform({count, 2}, -0.3 * side, 1.1 * side);
  const auto image = at::randint(-1, images, {count, 1}, at::kDouble);
  return at::cat({image, corner, corner + uniform({count, 2}, 0, 0.7 * side)}, 1).to(at::kFloat);
}

/// What no data set should hold.
at::Tensor hostile() {
  return rows({0, 3, 3, 3, 3,                     0, 5, 5, 2, 2,                0, -1, -1, -1, -1,
               0, kNaN, 1, 5, 5,                  0, 1, 1, kInf, 5,             0, -kInf, -kInf, kInf, kInf,
               0, 1e9f, 1e9f, 2e9f, 2e9f,         0, -1e9f, -1e9f, 1e9f, 1e9f,  0, -1e38f, 0, 3e38f, 4,
               -1, kNaN, 0, 5, 5,                 -7, 0, 0, 5, 5,               0, 0, 0, 1e-30f, 1e-30f,
               0, 7, 7, 8, 8,                     0, -2, -2, -1, -1,            0, 0, 0, 8, 8,
               0, 7.5f, 0, 40, 1},
              5);
}

struct Setting {
  int64_t height, width, ratio;
  double scale;
  bool aligned;
};

std::string text(const Setting& s, const at::Tensor& input, const at::Tensor& rois) {
  std::ostringstream out;
  out << "roi_align map " << input.sizes() << " " << input.scalar_type() << (input.is_contiguous() ? "" : " channels-last")
      << ", " << rois.size(0) << " RoIs, bins " << s.height << " x " << s.width << ", ratio " << s.ratio
      << (s.aligned ? ", aligned" : ", legacy");
  return out.str();
}

void compare(const at::Tensor& input, const at::Tensor& rois, const Setting& s) {
  const auto forward = reference<decltype(roi_align_cpu)>("dynamic_rcnn::roi_align");
  const auto backward = reference<decltype(roi_align_backward_cpu)>("dynamic_rcnn::_roi_align_backward");
  const std::string what = text(s, input, rois);
  const auto type = input.scalar_type();
  const bool last = roi_align::is_last(input);
  const auto given = type == at::kHalf ? input.to(at::kFloat) : input;
  const auto expected = forward.call(given, rois, s.scale, s.height, s.width, s.ratio, s.aligned).to(type);
  const auto pooled = twice(
      what, [&] { return roi_align_on<ShimDevice>(input, rois, s.scale, s.height, s.width, s.ratio, s.aligned); });
  check(same(pooled, expected), what);

  // The CPU adds sample by sample, the kernel bin by bin: equal but for rounding. The reference has float64.
  const auto grad = uniform(pooled.sizes(), -1, 1).to(type);
  const auto exact = backward.call(
      grad.to(at::kDouble), rois.to(at::kDouble), s.scale, s.height, s.width, input.size(0), input.size(1),
      input.size(2), input.size(3), s.ratio, s.aligned, last);
  const auto found = twice(what, [&] {
    return roi_align_backward_on<ShimDevice>(
        grad, rois, s.scale, s.height, s.width, input.size(0), input.size(1), input.size(2), input.size(3), s.ratio,
        s.aligned, last);
  });
  check(roi_align::is_last(found) == last, what + ": the gradient's layout");
  const double tolerance = type == at::kDouble ? 1e-12 : type == at::kFloat ? 2e-5 : type == at::kHalf ? 2e-3 : 1e-2;
  // Where float32 moves a sample across the border of the map, float64 does not: compare in the kernel's own type then.
  const auto own = type == at::kHalf ? exact : backward.call(
      grad, rois, s.scale, s.height, s.width, input.size(0), input.size(1), input.size(2), input.size(3), s.ratio,
      s.aligned, last);
  const double off = std::min(distance(found, exact), distance(found, own));
  check(off <= tolerance, what + ": the gradient is off by " + std::to_string(off));
}

at::Tensor map_of(at::IntArrayRef shape, at::ScalarType type, bool last) {
  const auto map = uniform(shape, -1, 1).to(type);
  return last ? map.contiguous(at::MemoryFormat::ChannelsLast) : map;
}

}  // namespace

void roi_align_tests() {
  const Setting settings[] = {{7, 7, 2, 1, true}, {7, 7, 0, 0.5, true}, {3, 2, 0, 1, false}, {1, 1, 3, 0.25, false}};
  for (const bool last : {false, true}) {
    for (const Setting& s : settings) {
      compare(map_of({2, 5, 12, 17}, at::kFloat, last), drawn(40, 2, 14), s);
      compare(map_of({1, 36, 9, 9}, at::kFloat, last), hostile(), s);
      compare(map_of({1, 4, 1, 1}, at::kFloat, last), hostile(), s);
      compare(map_of({1, 3, 1, 20}, at::kFloat, last), drawn(9, 1, 20), s);
    }
    for (const auto type : {at::kDouble, at::kBFloat16, at::kHalf}) {
      compare(map_of({2, 68, 10, 9}, type, last), drawn(20, 2, 10), settings[0]);
      compare(map_of({2, 5, 10, 9}, type, last), drawn(20, 2, 10), settings[1]);
    }
    // More channels than a block has, more RoIs than a pass has, many bins.
    compare(map_of({1, 130, 11, 10}, at::kFloat, last), drawn(3, 1, 10), settings[0]);
    compare(map_of({3, 2, 20, 20}, at::kFloat, last), drawn(600, 3, 20), settings[0]);
    compare(map_of({1, 2, 8, 8}, at::kFloat, last), drawn(2, 1, 8), {14, 28, 2, 1, true});
    // Nothing to do.
    compare(map_of({2, 3, 8, 8}, at::kFloat, last), at::zeros({0, 5}), settings[0]);
    compare(map_of({2, 0, 8, 8}, at::kFloat, false), drawn(4, 2, 8), settings[0]);
    compare(map_of({0, 3, 8, 8}, at::kFloat, false), at::full({2, 5}, -1.0f), settings[0]);
    compare(map_of({2, 3, 8, 8}, at::kFloat, last), at::full({300, 5}, -1.0f), settings[0]);
  }
  // Into rows that are there: of the other RoIs they stay as they are.
  const auto into = reference<decltype(roi_align_into_cpu)>("dynamic_rcnn::_roi_align_into");
  const auto forward = reference<decltype(roi_align_cpu)>("dynamic_rcnn::roi_align");
  for (const auto type : {at::kFloat, at::kDouble, at::kBFloat16}) {
    const auto input = map_of({2, 21, 12, 17}, type, false), rois = drawn(40, 2, 14);
    auto pooled = uniform({40, 21, 7, 7}, -1, 1).to(type);
    const auto there = rois.select(1, 0).ge(0).view({-1, 1, 1, 1});
    const auto expected = at::where(there, forward.call(input, rois, 1, 7, 7, 2, true), pooled);
    into.call(pooled, input, rois, 1, 2, true);
    check(same(pooled, expected), "_roi_align_into");
    auto few = pooled.slice(0, 0, 39), other = pooled.to(at::kHalf), apart = pooled.transpose(2, 3), narrow = pooled.slice(1, 0, 20).contiguous();
    for (auto* wrong : {&few, &other, &apart, &narrow}) {
      refused("_roi_align_into: pooled that does not fit", [&] { into.call(*wrong, input, rois, 1, 2, true); });
    }
  }
  // An index that the CPU refuses: no value of such a RoI can pass for one.
  const auto map = map_of({2, 3, 8, 8}, at::kFloat, false);
  for (const float index : {2.0f, 1e30f, kInf, kNaN}) {
    const auto rois = rows({index, 1, 1, 5, 5, 1, 1, 1, 5, 5}, 5);
    const auto pooled = roi_align_on<ShimDevice>(map, rois, 1, 2, 2, 2, true);
    check(pooled[0].ne(pooled[0]).all().item<bool>() && pooled[1].eq(pooled[1]).all().item<bool>(),
          "roi_align: an image index that is none gives NaN");
    const auto gradient = roi_align_backward_on<ShimDevice>(at::ones({2, 3, 2, 2}), rois, 1, 2, 2, 2, 3, 8, 8, 2, true, false);
    check(gradient[0].eq(0).all().item<bool>() && gradient[1].sum().item<float>() > 0,
          "roi_align: an image index that is none has no gradient");
  }
}

}  // namespace drcnn::tests
