// The operators of the CPU with arguments that no model gives them: laid out oddly, empty, of sizes just beyond a block's, and
// such as they must refuse. What they compute is compared with themselves in float64 and with contiguous arguments; that it is
// right the other tests show. The sanitizers watch.
#include "../ops/deform_conv2d/deform_conv2d.h"
#include "../ops/nms/nms.h"
#include "../ops/random_keys/random_keys.h"
#include "../ops/roi_align/roi_align.h"
#include "check.h"

namespace drcnn::tests {
namespace {

int64_t one_of(std::initializer_list<int64_t> values) {
  return values.begin()[at::randint(0, static_cast<int64_t>(values.size()), {1}, at::kLong).item<int64_t>()];
}

// --- RoIAlign

at::Tensor rois_of(int64_t count, int64_t images, double side) {
  const auto corner = uniform({count, 2}, -0.3 * side - 2, 1.1 * side + 2);
  auto rows = at::cat({at::randint(-1, std::max<int64_t>(images, 0), {count, 1}, at::kDouble), corner,
                       corner + uniform({count, 2}, -1, 0.7 * side + 2)}, 1).to(at::kFloat);
  // One in a few is no box at all.
  for (const float value : {kNaN, kInf, -kInf, 1e9f, -3e38f, 1e-30f}) {
    if (count == 0) break;
    const auto some = at::randint(0, count, {1 + count / 40}, at::kLong), column = at::tensor({one_of({1, 2, 3, 4})});
    rows.index_put_({some, column}, at::scalar_tensor(value));
  }
  return rows;
}

void roi_align_shapes(int64_t draws) {
  const auto forward = reference<decltype(roi_align_cpu)>("dynamic_rcnn::roi_align");
  const auto backward = reference<decltype(roi_align_backward_cpu)>("dynamic_rcnn::_roi_align_backward");
  for (int64_t i = 0; i < draws; i++) {
    const int64_t images = one_of({0, 1, 2, 3}), channels = one_of({0, 1, 3, 15, 16, 17, 63, 65, 130});
    const int64_t height = one_of({1, 2, 7, 16, 33}), width = one_of({1, 2, 9, 17, 40}), count = one_of({0, 1, 2, 50});
    const int64_t bins_y = one_of({1, 2, 7, 14}), bins_x = one_of({1, 3, 7}), ratio = one_of({-1, 0, 1, 2, 5});
    const double scale = 1.0 / static_cast<double>(one_of({1, 3, 16}));
    const bool aligned = i % 2 == 0;
    std::ostringstream what;
    what << "roi_align [" << images << ", " << channels << ", " << height << ", " << width << "], " << count << " RoIs, bins "
         << bins_y << " x " << bins_x << ", ratio " << ratio;
    const auto map = uniform({images, channels, height, width}, -1, 1).to(at::kFloat);
    const auto rois = rois_of(count, images, static_cast<double>(std::max(height, width)) / scale);
    const auto pooled = forward.call(map, rois, scale, bins_y, bins_x, ratio, aligned);
    check(at::isfinite(pooled).all().item<bool>(), what.str());
    check(same(pooled, forward.call(scattered(map), scattered(rois), scale, bins_y, bins_x, ratio, aligned)),
          what.str() + ": scattered");
    check(same(pooled, forward.call(map.contiguous(at::MemoryFormat::ChannelsLast), rois, scale, bins_y, bins_x, ratio, aligned)),
          what.str() + ": channels-last");
    const auto spread = [&](const at::Tensor& grad) {
      return backward.call(grad, rois, scale, bins_y, bins_x, images, channels, height, width, ratio, aligned, false);
    };
    const auto ones = at::ones(pooled.sizes());
    const auto gradient = spread(ones);
    check(at::isfinite(gradient).all().item<bool>(), what.str() + ": the gradient");
    check(same(gradient, spread(at::ones({}).expand(pooled.sizes()))), what.str() + ": the gradient of one value for all");
    // What a map's pixels get together is what the bins were given by them: both sum all weights.
    if (pooled.numel() > 0) {
      const auto constant = forward.call(at::ones_like(map), rois, scale, bins_y, bins_x, ratio, aligned);
      const double given = constant.to(at::kDouble).sum().item<double>(), got = gradient.to(at::kDouble).sum().item<double>();
      check(std::abs(given - got) <= 1e-3 * std::max(1.0, std::abs(given)), what.str() + ": the gradient's sum");
    }
  }
}

void roi_align_refusals() {
  const auto forward = reference<decltype(roi_align_cpu)>("dynamic_rcnn::roi_align");
  const auto backward = reference<decltype(roi_align_backward_cpu)>("dynamic_rcnn::_roi_align_backward");
  const auto map = at::ones({2, 3, 8, 8}), rois = rows({0, 1, 1, 5, 5}, 5), grad = at::ones({1, 3, 2, 2});
  for (const float index : {2.0f, 1e30f, kInf, kNaN}) {
    const auto wrong = rows({index, 1, 1, 5, 5}, 5);
    refused("roi_align: image " + std::to_string(index), [&] { forward.call(map, wrong, 1, 2, 2, 2, true); });
    refused("roi_align: image " + std::to_string(index) + ", backward",
            [&] { backward.call(grad, wrong, 1, 2, 2, 2, 3, 8, 8, 2, true, false); });
  }
  for (const int64_t bins : {int64_t{-1}, int64_t{0}, int64_t{1} << 20, INT64_MAX}) {
    refused("roi_align: bins " + std::to_string(bins), [&] { forward.call(map, at::zeros({0, 5}), 1, bins, bins, 2, true); });
  }
  for (const double scale : {0.0, -1.0, double{kNaN}, double{kInf}}) {
    refused("roi_align: scale " + std::to_string(scale), [&] { forward.call(map, rois, scale, 2, 2, 2, true); });
  }
  refused("roi_align: ratio", [&] { forward.call(map, rois, 1, 2, 2, INT64_MAX, true); });
  refused("roi_align: RoIs of four numbers", [&] { forward.call(map, at::ones({1, 4}), 1, 2, 2, 2, true); });
  refused("roi_align: whole numbers", [&] { forward.call(map.to(at::kLong), rois, 1, 2, 2, 2, true); });
  refused("roi_align: a map without pixels", [&] { forward.call(at::ones({1, 3, 0, 8}), rois, 1, 2, 2, 2, true); });
  refused("roi_align: another gradient", [&] { backward.call(at::ones({1, 3, 2, 3}), rois, 1, 2, 2, 2, 3, 8, 8, 2, true, false); });
}

// --- NMS

void nms_shapes(int64_t draws) {
  const auto single = reference<decltype(nms_cpu)>("dynamic_rcnn::nms");
  const auto batched = reference<decltype(batched_nms_cpu)>("dynamic_rcnn::batched_nms");
  const auto keep = reference<decltype(nms_keep_cpu)>("dynamic_rcnn::nms_keep");
  for (int64_t i = 0; i < draws; i++) {
    const int64_t count = one_of({0, 1, 2, 31, 32, 33, 257});
    const auto corner = uniform({count, 2}, 0, 40);
    auto boxes = at::cat({corner, corner + uniform({count, 2}, -5, 30)}, 1).to(at::kFloat);
    auto scores = at::rand({count});
    const auto groups = at::randint(-1, 3, {count}, at::kLong);
    for (const float value : {kNaN, kInf, -kInf, 1e38f}) {
      if (count == 0) break;
      boxes.index_put_({at::randint(0, count, {1}, at::kLong), at::randint(0, 4, {1}, at::kLong)}, at::scalar_tensor(value));
      scores.index_put_({at::randint(0, count, {1}, at::kLong)}, at::scalar_tensor(value));
    }
    const double threshold = 0.25 * static_cast<double>(one_of({-1, 0, 1, 2, 4}));
    const bool equal = i % 2 == 0;
    const std::string what = "nms of " + std::to_string(count) + " boxes, IoU " + std::to_string(threshold);
    const auto odd_boxes = scattered(boxes), odd_scores = scattered(scores), odd_groups = scattered(groups);
    check(same(single.call(boxes, scores, threshold, 0, equal), single.call(odd_boxes, odd_scores, threshold, 0, equal)), what);
    const auto kept = batched.call(boxes, scores, groups, threshold, 1, equal);
    check(same(kept, batched.call(odd_boxes, odd_scores, odd_groups, threshold, 1, equal)), what + ": groups");
    const auto one_group = at::zeros({1}, at::kLong).expand({count});
    check(same(single.call(boxes, scores, threshold, 0, equal), batched.call(boxes, scores, one_group, threshold, 0, equal)),
          what + ": one group for all");
    const auto mask = keep.call(odd_boxes, odd_scores, odd_groups, threshold, 1, equal);
    check(same(mask, at::zeros({count}, at::kBool).index_fill(0, kept, true).logical_and(groups.ge(0))), what + ": mask");
  }
  // Thousands of equal scores: the first of equal boxes is kept, and all of those apart, in the order given.
  const int64_t many = 3000;
  const auto scores = at::full({1}, 0.5f).expand({many});
  check(same(single.call(rows({0, 0, 9, 9}, 4).expand({many, 4}), scores, 0.5, 0, false), at::zeros({1}, at::kLong)),
        "nms: 3000 equal boxes");
  const auto apart = at::arange(many, at::kFloat).view({many, 1}) * 10 + rows({0, 0, 9, 9}, 4);
  check(same(single.call(apart, scores, 0.5, 0, false), at::arange(many, at::kLong)), "nms: 3000 boxes apart");
}

void nms_refusals() {
  const auto single = reference<decltype(nms_cpu)>("dynamic_rcnn::nms");
  const auto keep = reference<decltype(nms_keep_cpu)>("dynamic_rcnn::nms_keep");
  const auto boxes = at::ones({3, 4}), scores = at::ones({3}), groups = at::zeros({3}, at::kLong);
  refused("nms: boxes of five numbers", [&] { single.call(at::ones({3, 5}), scores, 0.5, 0, false); });
  refused("nms: more scores", [&] { single.call(boxes, at::ones({4}), 0.5, 0, false); });
  refused("nms: whole scores", [&] { single.call(boxes, groups, 0.5, 0, false); });
  refused("nms: a threshold that is no number", [&] { single.call(boxes, scores, kNaN, 0, false); });
  refused("nms: fewer groups", [&] { keep.call(boxes, scores, groups.slice(0, 1), 0.5, 0, false); });
  refused("nms: groups of another type", [&] { keep.call(boxes, scores, groups.to(at::kInt), 0.5, 0, false); });
}

// --- deformable convolution

void deform_shapes(int64_t draws) {
  const auto forward = reference<decltype(deform_conv2d_cpu)>("dynamic_rcnn::deform_conv2d");
  const auto backward = reference<decltype(deform_conv2d_backward_cpu)>("dynamic_rcnn::_deform_conv2d_backward");
  for (int64_t i = 0; i < draws; i++) {
    const int64_t groups = one_of({1, 2, 3}), offset_groups = one_of({1, 2, 4}), channels = 12 * one_of({1, 2});
    const bool whole = i % 3 != 0;  // otherwise one group of channels that no vector fills
    const int64_t g = whole ? groups : 1, d = whole ? offset_groups : 1, c = whole ? channels : one_of({1, 3, 7, 17});
    const int64_t outputs = g * one_of({1, 5, 17}), images = one_of({0, 1, 2}), kernel_h = one_of({1, 2, 3}), kernel_w = one_of({1, 3});
    const int64_t stride = one_of({1, 2}), pad = one_of({1, 2}), dilation = one_of({1, 2});
    const int64_t height = one_of({3, 5, 12}), width = one_of({3, 8, 17}), samples = d * kernel_h * kernel_w;
    const int64_t out_h = (height + 2 * pad - dilation * (kernel_h - 1) - 1) / stride + 1;
    const int64_t out_w = (width + 2 * pad - dilation * (kernel_w - 1) - 1) / stride + 1;
    std::ostringstream what;
    what << "deform_conv2d [" << images << ", " << c << ", " << height << ", " << width << "] -> " << outputs << ", kernel "
         << kernel_h << " x " << kernel_w << ", stride " << stride << ", groups " << g << " and " << d;
    const auto input = uniform({images, c, height, width}, -1, 1).to(at::kFloat);
    const auto weight = uniform({outputs, c / g, kernel_h, kernel_w}, -1, 1).to(at::kFloat);
    auto offset = uniform({images, 2 * samples, out_h, out_w}, -3, 3).to(at::kFloat);
    for (const float value : {kNaN, kInf, -kInf, 1e30f, -1.0f}) {
      if (images > 0) offset.view(-1).index_put_({at::randint(0, offset.numel(), {2}, at::kLong)}, at::scalar_tensor(value));
    }
    const auto mask = uniform({images, samples, out_h, out_w}, 0, 1).to(at::kFloat), bias = at::ones({outputs});
    const auto pooled = [&](const at::Tensor& map, const at::Tensor& taps, const at::Tensor& moves, const at::Tensor& masks) {
      return forward.call(map, taps, moves, masks, bias, stride, stride, pad, pad, dilation, dilation, g, d);
    };
    const auto output = pooled(input, weight, offset, mask);
    check(at::isfinite(output).all().item<bool>(), what.str());
    check(same(output, pooled(scattered(input), scattered(weight), scattered(offset), scattered(mask))), what.str() + ": scattered");
    const auto gradients = [&](const at::Tensor& grad, int64_t wanted) {
      return backward.call(
          grad, input, weight, offset, mask, stride, stride, pad, pad, dilation, dilation, g, d, (wanted & 1) != 0,
          (wanted & 2) != 0, (wanted & 4) != 0, (wanted & 8) != 0);
    };
    const auto all = gradients(at::ones(output.sizes()), 15);
    const int64_t wanted = i % 16;
    const auto some = gradients(at::ones({}).expand(output.sizes()), wanted);
    const auto each = [&](const at::Tensor& of_all, const at::Tensor& of_some, int64_t bit) {
      check(at::isfinite(of_all).all().item<bool>(), what.str() + ": a gradient");
      check((wanted & bit) != 0 ? same(of_all, of_some) : !of_some.defined(), what.str() + ": some of the gradients");
    };
    each(std::get<0>(all), std::get<0>(some), 1);
    each(std::get<1>(all), std::get<1>(some), 2);
    each(std::get<2>(all), std::get<2>(some), 4);
    each(std::get<3>(all), std::get<3>(some), 4);
    each(std::get<4>(all), std::get<4>(some), 8);
  }
}

void deform_refusals() {
  const auto forward = reference<decltype(deform_conv2d_cpu)>("dynamic_rcnn::deform_conv2d");
  const auto input = at::ones({1, 4, 5, 5}), weight = at::ones({2, 4, 3, 3}), offset = at::zeros({1, 18, 5, 5});
  const auto call = [&](const at::Tensor& moves, const DeformConvOptions& o, const compat::optional_tensor& mask = {}) {
    forward.call(input, weight, moves, mask, {}, o.stride_h, o.stride_w, o.pad_h, o.pad_w, o.dil_h, o.dil_w, o.groups, o.offset_groups);
  };
  call(offset, {1, 1, 1, 1, 1, 1, 1, 1});
  for (const int64_t no : {int64_t{-1}, INT64_MAX, INT64_MIN}) {
    const std::string value = std::to_string(no);
    refused("deform_conv2d: padding " + value, [&] { call(offset, {1, 1, no, no, 1, 1, 1, 1}); });
    refused("deform_conv2d: dilation " + value, [&] { call(offset, {1, 1, 1, 1, no, no, 1, 1}); });
    refused("deform_conv2d: stride " + value, [&] { call(offset, {no, no, 1, 1, 1, 1, 1, 1}); });
    refused("deform_conv2d: groups " + value, [&] { call(offset, {1, 1, 1, 1, 1, 1, no, 1}); });
    refused("deform_conv2d: offset groups " + value, [&] { call(offset, {1, 1, 1, 1, 1, 1, 1, no}); });
  }
  refused("deform_conv2d: fewer offsets", [&] { call(at::zeros({1, 17, 5, 5}), {1, 1, 1, 1, 1, 1, 1, 1}); });
  refused("deform_conv2d: another mask", [&] { call(offset, {1, 1, 1, 1, 1, 1, 1, 1}, at::ones({1, 9, 5, 4})); });
  refused("deform_conv2d: groups that do not divide the channels", [&] { call(offset, {1, 1, 1, 1, 1, 1, 3, 1}); });
}

// --- random keys

void key_refusals() {
  const auto keys = reference<decltype(random_keys_cpu)>("dynamic_rcnn::random_keys");
  const auto ids = at::arange(7, at::kLong);
  check(same(keys.call(ids, 1, 2, 3, 5), keys.call(scattered(ids), 1, 2, 3, 5)), "random_keys: scattered");
  refused("random_keys: a count below 0", [&] { keys.call(ids, 1, 2, 3, -1); });
  refused("random_keys: a count beyond the largest", [&] { keys.call(ids, 1, 2, 3, INT64_MAX); });
  refused("random_keys: an iteration below 0", [&] { keys.call(ids, 1, -1, 3, 5); });
  refused("random_keys: an iteration beyond 32 bits", [&] { keys.call(ids, 1, int64_t{1} << 32, 3, 5); });
  refused("random_keys: a purpose beyond the largest", [&] { keys.call(ids, 1, 2, 256, 5); });
  refused("random_keys: ids in two dimensions", [&] { keys.call(ids.view({7, 1}), 1, 2, 3, 5); });
  refused("random_keys: ids of another type", [&] { keys.call(ids.to(at::kInt), 1, 2, 3, 5); });
}

}  // namespace

void hostile_tests(int64_t draws) {
  // The work is divided by the number of threads, and so is what each of them touches.
  for (const int threads : {1, 3}) {
    at::set_num_threads(threads);
    roi_align_shapes(draws);
    nms_shapes(draws);
    deform_shapes(draws);
  }
  at::set_num_threads(1);
  roi_align_refusals();
  nms_refusals();
  deform_refusals();
  key_refusals();
}

}  // namespace drcnn::tests
