// RoIAlign (He et al., Mask R-CNN, 2017, section 3), as plainly as it can be written: what the fast forms are tested against. Each
// RoI's features are a grid of bins, each bin the mean of bilinear samples.
//
// Meaning, down to the bits, as torchvision.ops.roi_align on a CPU (BSD 3-Clause, read, not copied):
// https://github.com/pytorch/vision/blob/main/torchvision/csrc/ops/cpu/roi_align_kernel.cpp
// with these additions:
// - a RoI whose image index is negative is a padding row: its output is 0 and it has no gradient; an index that is NaN
//   or not below N is an error;
// - a sample at a NaN coordinate counts as outside the map (it adds 0);
// - adaptive sampling takes at most kMaxSamplesPerBin samples per axis of a bin, so a box of any size ends soon.
#pragma once

#include <algorithm>

#include "arguments.h"

namespace drcnn::plain {

/// Calls visit(bin, pixels, weights, samples) for each sample inside the map: which four pixels it lies between, how much of each it
/// takes, and how many samples the bin's mean is of. roi: (image index, x1, y1, x2, y2).
template <typename T, typename Visit>
void each_sample(const drcnn_roi_align& call, const T* roi, const Visit& visit) {
  const auto options = options_of(call);
  const auto height = static_cast<int32_t>(call.height), width = static_cast<int32_t>(call.width);
  const Side<T> side_x = side(roi[1], roi[3], options, call.pooled_width);
  const Side<T> side_y = side(roi[2], roi[4], options, call.pooled_height);
  Sample<T> x, y;
  for (int32_t bin_y = 0; bin_y < call.pooled_height; bin_y++) {
    for (int32_t bin_x = 0; bin_x < call.pooled_width; bin_x++) {
      for (int32_t i = 0; i < side_y.samples; i++) {
        if (!sample_at(position(side_y, bin_y, i), height, y)) continue;
        for (int32_t j = 0; j < side_x.samples; j++) {
          if (!sample_at(position(side_x, bin_x, j), width, x)) continue;
          const int64_t top = y.low * call.width, bottom = y.high * call.width;
          const int64_t pixels[] = {top + x.low, top + x.high, bottom + x.low, bottom + x.high};
          const T weights[] = {
              y.low_weight * x.low_weight, y.low_weight * x.high_weight, y.high_weight * x.low_weight, y.high_weight * x.high_weight};
          visit(bin_y * call.pooled_width + bin_x, pixels, weights, sample_count(side_y, side_x));
        }
      }
    }
  }
}

/// map [N, C, H, W], rois [R, 5] -> pooled [R, C, bins].
template <typename T>
void roi_align_forward(const drcnn_roi_align& call, const T* map, const T* rois, T* pooled) {
  const int64_t bins = call.pooled_height * call.pooled_width, pixels = call.height * call.width;
  for (int64_t r = 0; r < call.rois; r++) {
    const T* roi = rois + 5 * r;
    T* result = pooled + r * call.channels * bins;
    const bool padding = roi[0] < T(0);
    if (padding && call.keep_padding) continue;
    std::fill_n(result, call.channels * bins, T(0));
    if (padding) continue;
    const T* image = map + static_cast<int64_t>(roi[0]) * call.channels * pixels;
    T count = 1;
    each_sample(call, roi, [&](int64_t bin, const int64_t* at, const T* weight, T samples) {
      count = samples;
      for (int64_t c = 0; c < call.channels; c++) {
        const T* plane = image + c * pixels;
        result[c * bins + bin] +=
            weight[0] * plane[at[0]] + weight[1] * plane[at[1]] + weight[2] * plane[at[2]] + weight[3] * plane[at[3]];
      }
    });
    for (int64_t i = 0; i < call.channels * bins; i++) result[i] /= count;
  }
}

/// grad [R, C, bins], rois [R, 5] -> grad_map [N, C, H, W]: each pixel gets from each sample what it gave to it.
template <typename T>
void roi_align_backward(const drcnn_roi_align& call, const T* grad, const T* rois, T* grad_map) {
  const int64_t bins = call.pooled_height * call.pooled_width, pixels = call.height * call.width;
  std::fill_n(grad_map, call.batch * call.channels * pixels, T(0));
  for (int64_t r = 0; r < call.rois; r++) {
    const T* roi = rois + 5 * r;
    if (roi[0] < T(0)) continue;
    T* image = grad_map + static_cast<int64_t>(roi[0]) * call.channels * pixels;
    each_sample(call, roi, [&](int64_t bin, const int64_t* at, const T* weight, T samples) {
      for (int64_t c = 0; c < call.channels; c++) {
        const T given = grad[(r * call.channels + c) * bins + bin];
        for (int k = 0; k < 4; k++) image[c * pixels + at[k]] += given * weight[k] / samples;
      }
    });
  }
}

}  // namespace drcnn::plain
