// NMS's place in autograd and in autocast, for every backend: indices have no gradient, and under autocast boxes and
// scores are float32, because bfloat16 cannot tell neighbouring pixels apart.
#include <ATen/autocast_mode.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/library.h>

#include "nms.h"

namespace drcnn {
namespace {

template <c10::DispatchKey key, c10::DeviceType device>
at::Tensor nms_autocast(
    const at::Tensor& boxes, const at::Tensor& scores, double iou_threshold, double offset, bool suppress_equal) {
  static const auto op =
      c10::Dispatcher::singleton().findSchemaOrThrow("dynamic_rcnn::nms", "").typed<decltype(nms_cpu)>();
  c10::impl::ExcludeDispatchKeyGuard below_autocast(key);
  return op.call(
      at::autocast::cached_cast(at::kFloat, boxes, device), at::autocast::cached_cast(at::kFloat, scores, device),
      iou_threshold, offset, suppress_equal);
}

template <c10::DispatchKey key, c10::DeviceType device>
at::Tensor batched_nms_autocast(
    const at::Tensor& boxes, const at::Tensor& scores, const at::Tensor& groups, double iou_threshold, double offset,
    bool suppress_equal) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("dynamic_rcnn::batched_nms", "")
                             .typed<decltype(batched_nms_cpu)>();
  c10::impl::ExcludeDispatchKeyGuard below_autocast(key);
  return op.call(
      at::autocast::cached_cast(at::kFloat, boxes, device), at::autocast::cached_cast(at::kFloat, scores, device),
      groups, iou_threshold, offset, suppress_equal);
}

template <c10::DispatchKey key, c10::DeviceType device>
at::Tensor nms_keep_autocast(
    const at::Tensor& boxes, const at::Tensor& scores, const at::Tensor& groups, double iou_threshold, double offset,
    bool suppress_equal) {
  static const auto op =
      c10::Dispatcher::singleton().findSchemaOrThrow("dynamic_rcnn::nms_keep", "").typed<decltype(nms_keep_cpu)>();
  c10::impl::ExcludeDispatchKeyGuard below_autocast(key);
  return op.call(
      at::autocast::cached_cast(at::kFloat, boxes, device), at::autocast::cached_cast(at::kFloat, scores, device),
      groups, iou_threshold, offset, suppress_equal);
}

}  // namespace
}  // namespace drcnn

TORCH_LIBRARY_IMPL(dynamic_rcnn, Autograd, m) {
  m.impl("nms", torch::CppFunction::makeFallthrough());
  m.impl("batched_nms", torch::CppFunction::makeFallthrough());
  m.impl("nms_keep", torch::CppFunction::makeFallthrough());
}
TORCH_LIBRARY_IMPL(dynamic_rcnn, AutocastCPU, m) {
  m.impl("nms", drcnn::nms_autocast<c10::DispatchKey::AutocastCPU, c10::DeviceType::CPU>);
  m.impl("batched_nms", drcnn::batched_nms_autocast<c10::DispatchKey::AutocastCPU, c10::DeviceType::CPU>);
  m.impl("nms_keep", drcnn::nms_keep_autocast<c10::DispatchKey::AutocastCPU, c10::DeviceType::CPU>);
}
TORCH_LIBRARY_IMPL(dynamic_rcnn, Autocast, m) {
  m.impl("nms", drcnn::nms_autocast<c10::DispatchKey::Autocast, c10::DeviceType::CUDA>);
  m.impl("batched_nms", drcnn::batched_nms_autocast<c10::DispatchKey::Autocast, c10::DeviceType::CUDA>);
  m.impl("nms_keep", drcnn::nms_keep_autocast<c10::DispatchKey::Autocast, c10::DeviceType::CUDA>);
}
