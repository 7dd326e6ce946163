// Handles, metadata, host memory, autograd and the modes of a thread.
#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <ATen/Context.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/variable.h>
#include "handles.h"

using drcnn::borrow;
using drcnn::guarded;
using drcnn::raw;

const char* drcnn_last_error() { return drcnn::last_error.c_str(); }

const char* drcnn_library_info() {
  static const std::string text = std::string("libtorch ") + TORCH_VERSION + "\n" + at::show_config();
  return text.c_str();
}

void drcnn_release(drcnn_tensor* tensor) {
  if (!tensor) return;
  drcnn::live_handles.fetch_sub(1, std::memory_order_relaxed);
  drcnn::ImplPtr::reclaim(raw(tensor));
}

void drcnn_release_many(drcnn_tensor** tensors, int32_t count) {
  for (int32_t i = 0; i < count; i++) drcnn_release(tensors[i]);
}

int64_t drcnn_live_handles() { return drcnn::live_handles.load(std::memory_order_relaxed); }

int32_t drcnn_dim(drcnn_tensor* tensor) { return static_cast<int32_t>(raw(tensor)->dim()); }

int32_t drcnn_sizes(drcnn_tensor* tensor, int64_t* out) {
  auto sizes = raw(tensor)->sizes();
  std::copy(sizes.begin(), sizes.end(), out);
  return static_cast<int32_t>(sizes.size());
}

int32_t drcnn_strides(drcnn_tensor* tensor, int64_t* out) {
  auto strides = raw(tensor)->strides();
  std::copy(strides.begin(), strides.end(), out);
  return static_cast<int32_t>(strides.size());
}

int64_t drcnn_numel(drcnn_tensor* tensor) { return raw(tensor)->numel(); }
int32_t drcnn_dtype(drcnn_tensor* tensor) { return static_cast<int32_t>(c10::typeMetaToScalarType(raw(tensor)->dtype())); }

int32_t drcnn_device(drcnn_tensor* tensor, int32_t* index) {
  auto device = raw(tensor)->device();
  *index = device.index();
  return static_cast<int32_t>(device.type());
}

int32_t drcnn_requires_grad(drcnn_tensor* tensor) { return raw(tensor)->requires_grad(); }
void* drcnn_data(drcnn_tensor* tensor) { return raw(tensor)->data(); }

int32_t drcnn_item(drcnn_tensor* tensor, drcnn_value* out) {
  return guarded([&] {
    auto scalar = borrow(tensor).item();
    out->n = 0;
    if (scalar.isFloatingPoint()) {
      out->tag = DRCNN_DOUBLE;
      out->d = scalar.toDouble();
    } else {
      out->tag = scalar.isBoolean() ? DRCNN_BOOL : DRCNN_INT;
      out->i = scalar.isBoolean() ? scalar.toBool() : scalar.toLong();
    }
  });
}

int32_t drcnn_from_memory(const void* data, const int64_t* sizes, int32_t dimensions, int32_t dtype, drcnn_tensor** out) {
  return guarded([&] {
    auto options = at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype));
    auto tensor = at::empty(at::IntArrayRef(sizes, dimensions), options);
    if (tensor.numel() > 0) memcpy(tensor.data_ptr(), data, tensor.nbytes());
    *out = drcnn::give(std::move(tensor));
  });
}

int32_t drcnn_backward(drcnn_tensor* loss, drcnn_tensor* gradient, int32_t retain_graph, int32_t create_graph) {
  return guarded([&] {
    std::vector<at::Tensor> gradients;
    if (gradient) gradients.push_back(borrow(gradient));
    torch::autograd::backward({borrow(loss)}, gradients, retain_graph != 0, create_graph != 0);
  });
}

int32_t drcnn_grad(drcnn_tensor* tensor, drcnn_tensor** out) {
  return guarded([&] { *out = drcnn::give(borrow(tensor).grad()); });
}

int32_t drcnn_set_grad(drcnn_tensor* tensor, drcnn_tensor* gradient) {
  return guarded([&] { borrow(tensor).mutable_grad() = borrow(gradient); });
}

int32_t drcnn_set_requires_grad(drcnn_tensor* tensor, int32_t on) {
  return guarded([&] { borrow(tensor).set_requires_grad(on != 0); });
}

int32_t drcnn_grad_mode(int32_t on) {
  const bool before = c10::GradMode::is_enabled();
  c10::GradMode::set_enabled(on != 0);
  return before;
}

int32_t drcnn_autocast_cpu(int32_t dtype) {
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
  const bool on = at::autocast::is_autocast_enabled(at::kCPU);
  const auto before = at::autocast::get_autocast_dtype(at::kCPU);
  if (dtype >= 0) at::autocast::set_autocast_dtype(at::kCPU, static_cast<at::ScalarType>(dtype));
  at::autocast::set_autocast_enabled(at::kCPU, dtype >= 0);
#else
  const bool on = at::autocast::is_cpu_enabled();
  const auto before = at::autocast::get_autocast_cpu_dtype();
  if (dtype >= 0) at::autocast::set_autocast_cpu_dtype(static_cast<at::ScalarType>(dtype));
  at::autocast::set_cpu_enabled(dtype >= 0);
#endif
  if (dtype < 0) at::autocast::clear_cache();
  return on ? static_cast<int32_t>(before) : -1;
}

int32_t drcnn_set_threads(int32_t count) {
  return guarded([&] { at::set_num_threads(count); });
}

int32_t drcnn_threads() { return at::get_num_threads(); }

int32_t drcnn_manual_seed(int64_t seed) {
  return guarded([&] { at::manual_seed(static_cast<uint64_t>(seed)); });
}
