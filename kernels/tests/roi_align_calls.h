// RoIAlign's functions as the tests call them: on arrays of exactly the right size, of any type that they have, and the plain form beside
// them.
#pragma once

#include "../roi_align/roi_align_plain.h"

#include "check.h"
#include "types.h"

namespace drcnn::tests {

using Rois = Values<float>;  ///< [R, 5]

struct Setting {
  int64_t height, width, ratio;
  double scale;
  int32_t aligned;
};

struct Shape {
  int64_t batch, channels, height, width;
};

inline drcnn_roi_align call_of(const Shape& map, const Rois& rois, const Setting& s) {
  return {map.batch, map.channels, map.height, map.width, static_cast<int64_t>(rois.size()) / 5, s.height, s.width, s.ratio, s.scale,
          drcnn_float32, s.aligned, 0, 0};
}

inline int64_t pooled_count(const drcnn_roi_align& call) { return call.rois * call.channels * call.pooled_height * call.pooled_width; }
inline int64_t map_count(const drcnn_roi_align& call) { return call.batch * call.channels * call.height * call.width; }

/// [N, C, H, W] <-> [N, H, W, C].
template <typename T>
Values<T> turned(const drcnn_roi_align& call, const Values<T>& map, bool to_last) {
  Values<T> turned(map.size());
  const int64_t pixels = call.height * call.width;
  for (int64_t n = 0; n < call.batch; n++) {
    for (int64_t c = 0; c < call.channels; c++) {
      for (int64_t p = 0; p < pixels; p++) {
        const int64_t first = (n * call.channels + c) * pixels + p, last = (n * pixels + p) * call.channels + c;
        turned[to_last ? last : first] = map[to_last ? first : last];
      }
    }
  }
  return turned;
}

/// The functions on numbers of a type; results are widened, so that they can be compared.
template <typename From>
struct In {
  using T = computed<From>;
  drcnn_roi_align call;
  Values<T> rois;
  std::string what;

  In(const drcnn_roi_align& given, const Rois& boxes) : call(given), rois(as<T>(boxes)) {
    call.type = kTypeOf<From>;
    std::ostringstream text;
    text << "roi_align [" << call.batch << ", " << call.channels << ", " << call.height << ", " << call.width << "] "
         << name_of_type(call.type) << ", " << call.rois << " RoIs, bins " << call.pooled_height << " x " << call.pooled_width << ", ratio "
         << call.sampling_ratio << (call.aligned ? ", aligned" : ", legacy");
    what = text.str();
  }

  Values<T> forward(const Values<From>& map, int32_t last = 0) const {
    auto of_layout = call;
    of_layout.channels_last = last;
    const auto source = last ? turned(call, map, true) : map;
    auto pooled = unwritten<From>(pooled_count(call));
    done(drcnn_roi_align_forward(&of_layout, source.data(), rois.data(), pooled.data()), what);
    return as<T>(pooled);
  }
  Values<T> backward(const Values<From>& grad) const {
    auto grad_map = unwritten<From>(map_count(call));
    done(drcnn_roi_align_backward(&call, grad.data(), rois.data(), grad_map.data()), what + ": the gradient");
    return as<T>(grad_map);
  }
  Values<T> forward_on_cuda(const Values<From>& map, int32_t last) const {
    auto of_layout = call;
    of_layout.channels_last = last;
    const auto source = last ? turned(call, map, true) : map;
    auto pooled = unwritten<From>(pooled_count(call));
    done(drcnn_cuda_roi_align_forward(&of_layout, source.data(), rois.data(), pooled.data(), nullptr), what + " on CUDA");
    return as<T>(pooled);
  }
  Values<T> backward_on_cuda(const Values<From>& grad, int32_t last) const {
    auto of_layout = call;
    of_layout.channels_last = last;
    auto scratch = garbage(drcnn_cuda_roi_align_backward_scratch(&of_layout), what);
    auto grad_map = unwritten<From>(map_count(call));
    done(drcnn_cuda_roi_align_backward(&of_layout, grad.data(), rois.data(), grad_map.data(), scratch.data(), nullptr),
         what + ": the gradient on CUDA");
    return as<T>(last ? turned(call, grad_map, false) : grad_map);
  }
};

/// The plain form in a type, its results rounded to another and widened again.
template <typename From, typename T>
Values<computed<From>> plain_forward(const drcnn_roi_align& call, const Values<From>& map, const Rois& boxes) {
  const auto source = as<T>(as<computed<From>>(map)), rois = as<T>(boxes);
  auto pooled = unwritten<T>(pooled_count(call));
  plain::roi_align_forward(call, source.data(), rois.data(), pooled.data());
  return as<computed<From>>(as<From>(as<computed<From>>(pooled)));
}
template <typename From, typename T>
Values<computed<From>> plain_backward(const drcnn_roi_align& call, const Values<From>& grad, const Rois& boxes) {
  const auto source = as<T>(as<computed<From>>(grad)), rois = as<T>(boxes);
  auto grad_map = unwritten<T>(map_count(call));
  plain::roi_align_backward(call, source.data(), rois.data(), grad_map.data());
  return as<computed<From>>(as<From>(as<computed<From>>(grad_map)));
}

}  // namespace drcnn::tests
