// RoIAlign: the fast form, in every type and layout and on any number of threads, and the CUDA kernels against the plain form, on RoIs
// and maps that no model gives it.
#include "roi_align_calls.h"

namespace drcnn::tests {
namespace {

/// RoIs inside, across and outside a map of a side; an index below 0 now and then.
Rois drawn_rois(Draw& draw, int64_t count, int64_t images, double side) {
  Rois rois;
  for (int64_t i = 0; i < count; i++) {
    const double x = draw.uniform(-0.3 * side, 1.1 * side), y = draw.uniform(-0.3 * side, 1.1 * side);
    const auto image = static_cast<double>(draw.whole(-1, images - 1));
    for (const double value : {image, x, y, x + draw.uniform(0, 0.7 * side), y + draw.uniform(0, 0.7 * side)}) {
      rois.push_back(static_cast<float>(value));
    }
  }
  return rois;
}

/// What no data set should hold.
Rois hostile_rois() {
  return {0, 3, 3, 3, 3,             0, 5, 5, 2, 2,               0, -1, -1, -1, -1,
          0, kNaN, 1, 5, 5,          0, 1, 1, kInf, 5,            0, -kInf, -kInf, kInf, kInf,
          0, 1e9f, 1e9f, 2e9f, 2e9f, 0, -1e9f, -1e9f, 1e9f, 1e9f, 0, -1e38f, 0, 3e38f, 4,
          -1, kNaN, 0, 5, 5,         -7, 0, 0, 5, 5,              0, 0, 0, 1e-30f, 1e-30f,
          0, 7, 7, 8, 8,             0, -2, -2, -1, -1,           0, 0, 0, 8, 8,
          0, 7.5f, 0, 40, 1};
}

/// Of a gradient on CUDA, which adds bin by bin what the CPU adds sample by sample; and of float32 against float64.
template <typename From>
constexpr double kTolerance = 0;
template <>
constexpr double kTolerance<double> = 1e-12;
template <>
constexpr double kTolerance<float> = 2e-5;
template <>
constexpr double kTolerance<Float16> = 2e-3;
template <>
constexpr double kTolerance<BFloat16> = 1e-2;

template <typename From>
Values<From> drawn_in(Draw& draw, int64_t count) {
  return as<From>(draw.values<float>(count));
}

/// Every type that the CPU has: the plain form's bits, in both layouts, on any number of threads.
template <typename From>
void compare(Draw& draw, const drcnn_roi_align& call, const Rois& rois) {
  using T = computed<From>;
  const In<From> in(call, rois);
  const auto map = drawn_in<From>(draw, map_count(call)), grad = drawn_in<From>(draw, pooled_count(call));
  const auto pooled = on_threads(in.what, [&] { return in.forward(map); });
  check(same(pooled, plain_forward<From, T>(call, map, rois)), in.what);
  check(same(pooled, in.forward(map, 1)), in.what + ", channels-last");
  const auto gradient = on_threads(in.what, [&] { return in.backward(grad); });
  check(same(gradient, plain_backward<From, T>(call, grad, rois)), in.what + ": the gradient");
  check(all_finite(pooled) && all_finite(gradient), in.what + ": numbers");
}

/// Of RoIs whose samples lie on the same side of the map's border in float32 and in float64.
void compare_with_float64(Draw& draw, const drcnn_roi_align& call, const Rois& rois) {
  const In<float> in(call, rois);
  const auto map = draw.values<float>(map_count(call)), grad = draw.values<float>(pooled_count(call));
  const double forward = distance(in.forward(map), plain_forward<double, double>(call, as<double>(map), rois));
  const double backward = distance(in.backward(grad), plain_backward<double, double>(call, as<double>(grad), rois));
  check(forward <= kTolerance<float>, in.what + ": off float64 by " + std::to_string(forward));
  check(backward <= kTolerance<float>, in.what + ": the gradient is off float64 by " + std::to_string(backward));
}

template <typename From>
void compare_on_cuda(Draw& draw, const drcnn_roi_align& call, const Rois& rois) {
  using T = computed<From>;
  const In<From> in(call, rois);
  const auto map = drawn_in<From>(draw, map_count(call)), grad = drawn_in<From>(draw, pooled_count(call));
  const auto expected = plain_forward<From, T>(call, map, rois);
  // Where float32 moves a sample across the border of the map, float64 does not: then the kernel's own type is compared with.
  const auto exact = plain_backward<double, double>(call, as<double>(as<T>(grad)), rois);
  const auto own = plain_backward<From, T>(call, grad, rois);
  for (const int32_t last : {0, 1}) {
    const std::string what = in.what + (last ? " on CUDA, channels-last" : " on CUDA");
    check(same(twice(what, [&] { return in.forward_on_cuda(map, last); }), expected), what);
    const auto gradient = twice(what, [&] { return in.backward_on_cuda(grad, last); });
    const double off = std::min(distance(gradient, exact), distance(gradient, own));
    check(off <= kTolerance<From>, what + ": the gradient is off by " + std::to_string(off));
  }
}

template <typename From>
void compare_everywhere(Draw& draw, const Shape& map, const Rois& rois, const Setting& s) {
  const auto call = call_of(map, rois, s);
  compare<From>(draw, call, rois);
  compare_on_cuda<From>(draw, call, rois);
}

void chosen_shapes() {
  const Setting settings[] = {{7, 7, 2, 1, 1}, {7, 7, 0, 0.5, 1}, {3, 2, 0, 1, 0}, {1, 1, 3, 0.25, 0}};
  Draw draw(1);
  const auto usual = [&](int64_t count, int64_t images, double side) { return drawn_rois(draw, count, images, side); };
  for (const Setting& s : settings) {
    const auto rois = usual(40, 2, 14);
    compare_everywhere<float>(draw, {2, 5, 12, 17}, rois, s);
    compare_with_float64(draw, call_of({2, 5, 12, 17}, rois, s), rois);
    compare_everywhere<float>(draw, {1, 36, 9, 9}, hostile_rois(), s);
    compare_everywhere<float>(draw, {1, 4, 1, 1}, hostile_rois(), s);
    compare_everywhere<float>(draw, {1, 3, 1, 20}, usual(9, 1, 20), s);
  }
  for (const int which : {0, 1}) {
    const Shape map{2, which == 0 ? 68 : 5, 10, 9};
    const auto rois = usual(20, 2, 10);
    compare_everywhere<double>(draw, map, rois, settings[which]);
    compare_everywhere<BFloat16>(draw, map, rois, settings[which]);
    compare_on_cuda<Float16>(draw, call_of(map, rois, settings[which]), rois);
  }
  // More channels than a block has, more RoIs than a pass has, many bins.
  compare_everywhere<float>(draw, {1, 130, 11, 10}, usual(3, 1, 10), settings[0]);
  compare_everywhere<float>(draw, {3, 2, 20, 20}, usual(600, 3, 20), settings[0]);
  compare_everywhere<float>(draw, {1, 2, 8, 8}, usual(2, 1, 8), {14, 28, 2, 1, 1});
  // Nothing to do.
  compare_everywhere<float>(draw, {2, 3, 8, 8}, {}, settings[0]);
  compare_everywhere<float>(draw, {2, 0, 8, 8}, usual(4, 2, 8), settings[0]);
  compare_everywhere<float>(draw, {0, 3, 8, 8}, {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1}, settings[0]);
  compare_everywhere<float>(draw, {2, 3, 8, 8}, Rois(1500, -1), settings[0]);
}

void drawn_shapes(int64_t draws) {
  Draw draw(2);
  for (int64_t i = 0; i < draws; i++) {
    const Shape map{draw.one_of({0, 1, 2, 3}), draw.one_of({0, 1, 3, 15, 16, 17, 63, 65, 130}), draw.one_of({1, 2, 7, 16, 33}),
                    draw.one_of({1, 2, 9, 17, 40})};
    const double scale = 1.0 / static_cast<double>(draw.one_of({1, 3, 16}));
    const double side = static_cast<double>(std::max(map.height, map.width)) / scale;
    const int64_t count = draw.one_of({0, 1, 2, 20});
    auto rois = drawn_rois(draw, count, map.batch, side);
    // One in a few is no box at all.
    for (const float value : {kNaN, kInf, -kInf, 1e9f, -3e38f, 1e-30f}) {
      if (count > 0) rois[5 * draw.whole(0, count - 1) + draw.whole(1, 4)] = value;
    }
    const Setting s{draw.one_of({1, 2, 7, 14}), draw.one_of({1, 3, 7}), draw.one_of({-1, 0, 1, 2, 5}), scale, i % 2 == 0};
    const auto call = call_of(map, rois, s);
    if (i % 3 == 0) compare<double>(draw, call, rois);
    if (i % 3 == 1) compare<float>(draw, call, rois);
    if (i % 3 == 2) compare<BFloat16>(draw, call, rois);
    if (map_count(call) <= 4000) compare_on_cuda<float>(draw, call, rois);
    // What a map's pixels get together is what the bins were given by them: both sum all weights.
    const In<double> in(call, rois);
    double given = 0, got = 0;
    for (const double value : in.forward(Values<double>(map_count(call), 1))) given += value;
    for (const double value : in.backward(Values<double>(pooled_count(call), 1))) got += value;
    check(std::abs(given - got) <= 1e-9 * std::max(1.0, std::abs(given)), in.what + ": the gradient's sum");
  }
}

/// Rows of padding stay as they are, the others become what they always do.
template <typename From>
void keeps_padding(Draw& draw) {
  const auto rois = drawn_rois(draw, 40, 2, 14);
  In<From> in(call_of({2, 21, 12, 17}, rois, {7, 7, 2, 1, 1}), rois);
  const auto map = drawn_in<From>(draw, map_count(in.call)), before = drawn_in<From>(draw, pooled_count(in.call));
  auto expected = in.forward(map);
  const int64_t row = in.call.channels * in.call.pooled_height * in.call.pooled_width;
  for (int64_t i = 0; i < pooled_count(in.call); i++) {
    if (rois[5 * (i / row)] < 0) expected[i] = static_cast<computed<From>>(before[i]);
  }
  in.call.keep_padding = 1;
  auto pooled = before;
  done(drcnn_roi_align_forward(&in.call, map.data(), in.rois.data(), pooled.data()), in.what);
  check(same(as<computed<From>>(pooled), expected), in.what + " keeps padding");
  for (const int32_t last : {0, 1}) {
    in.call.channels_last = last;
    const auto source = last ? turned(in.call, map, true) : map;
    const auto kept = twice(in.what, [&] {
      auto on_cuda = before;
      done(drcnn_cuda_roi_align_forward(&in.call, source.data(), in.rois.data(), on_cuda.data(), nullptr), in.what + " on CUDA");
      return as<computed<From>>(on_cuda);
    });
    check(same(kept, expected), in.what + " on CUDA keeps padding");
  }
}

/// An index that the CPU refuses: on CUDA no value of such a RoI can pass for one.
void wrong_images() {
  Draw draw(4);
  for (const float index : {2.0f, 1e30f, kInf, kNaN}) {
    const Rois rois{index, 1, 1, 5, 5, 1, 1, 1, 5, 5};
    const In<float> in(call_of({2, 3, 8, 8}, rois, {2, 2, 2, 1, 1}), rois);
    const auto map = draw.values<float>(map_count(in.call));
    Values<float> ones(pooled_count(in.call), 1), result(map.size());
    refused(drcnn_roi_align_forward(&in.call, map.data(), rois.data(), ones.data()), "roi_align: image " + std::to_string(index));
    refused(drcnn_roi_align_backward(&in.call, ones.data(), rois.data(), result.data()),
            "roi_align: image " + std::to_string(index) + ", backward");
    for (const int32_t last : {0, 1}) {
      const auto pooled = in.forward_on_cuda(map, last), gradient = in.backward_on_cuda(ones, last);
      bool nan = true, zero = true;
      double sum = 0;
      for (size_t i = 0; i < pooled.size(); i++) nan = nan && std::isnan(pooled[i]) == (i < pooled.size() / 2);
      for (size_t i = 0; i < gradient.size() / 2; i++) zero = zero && gradient[i] == 0, sum += gradient[i + gradient.size() / 2];
      check(nan, "roi_align: an image index that is none gives NaN");
      check(zero && sum > 0, "roi_align: an image index that is none has no gradient");
    }
  }
}

void refusals() {
  const Rois rois{0, 1, 1, 5, 5};
  const auto good = call_of({2, 3, 8, 8}, rois, {2, 2, 2, 1, 1});
  const Values<float> map(map_count(good));
  Values<float> pooled(pooled_count(good)), gradient(map.size());
  const auto both = [&](const std::string& what, const auto& change) {
    auto call = good;
    change(call);
    refused(drcnn_roi_align_forward(&call, map.data(), rois.data(), pooled.data()), "roi_align: " + what);
    refused(drcnn_roi_align_backward(&call, pooled.data(), rois.data(), gradient.data()), "roi_align: " + what + ", backward");
  };
  const auto everywhere = [&](const std::string& what, const auto& change) {
    both(what, change);
    auto call = good;
    change(call);
    refused(drcnn_cuda_roi_align_forward(&call, map.data(), rois.data(), pooled.data(), nullptr), "roi_align on CUDA: " + what);
    check(drcnn_cuda_roi_align_backward_scratch(&call) == -1, "roi_align on CUDA: scratch of " + what);
    refused(drcnn_cuda_roi_align_backward(&call, pooled.data(), rois.data(), gradient.data(), nullptr, nullptr),
            "roi_align on CUDA: " + what + ", backward");
  };
  for (const int64_t bins : {int64_t{-1}, int64_t{0}, int64_t{1} << 20, INT64_MAX}) {
    everywhere("bins " + std::to_string(bins), [&](auto& call) { call.pooled_height = bins; });
    everywhere("bins " + std::to_string(bins), [&](auto& call) { call.pooled_width = bins; });
  }
  for (const double scale : {0.0, -1.0, double{kNaN}, double{kInf}}) {
    everywhere("scale " + std::to_string(scale), [&](auto& call) { call.spatial_scale = scale; });
  }
  everywhere("ratio", [](auto& call) { call.sampling_ratio = INT64_MAX; });
  for (const int64_t size : {int64_t{0}, int64_t{-1}, int64_t{INT32_MAX}, INT64_MAX}) {
    everywhere("height " + std::to_string(size), [&](auto& call) { call.height = size; });
    everywhere("width " + std::to_string(size), [&](auto& call) { call.width = size; });
  }
  for (const int64_t size : {int64_t{-1}, INT64_MIN, INT64_MAX}) {
    everywhere("images " + std::to_string(size), [&](auto& call) { call.batch = size; });
    everywhere("channels " + std::to_string(size), [&](auto& call) { call.channels = size; });
    everywhere("RoIs " + std::to_string(size), [&](auto& call) { call.rois = size; });
  }
  for (const int32_t type : {0, 4, -1, INT32_MAX}) {
    everywhere("type " + std::to_string(type), [&](auto& call) { call.type = type; });
  }
  both("float16 on a CPU", [](auto& call) { call.type = drcnn_float16; });
  auto last = good;
  last.channels_last = 1;
  refused(drcnn_roi_align_backward(&last, pooled.data(), rois.data(), gradient.data()), "roi_align: a channels-last gradient on a CPU");
  auto many = good;
  many.pooled_width = 257;
  check(drcnn_cuda_roi_align_backward_scratch(&many) == -1, "roi_align on CUDA: more bins than shared memory holds");
}

}  // namespace

void roi_align_tests(int64_t draws) {
  chosen_shapes();
  drawn_shapes(draws);
  Draw draw(3);
  keeps_padding<float>(draw);
  keeps_padding<double>(draw);
  keeps_padding<BFloat16>(draw);
  wrong_images();
  refusals();
}

}  // namespace drcnn::tests
