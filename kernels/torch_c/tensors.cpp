// Handles, metadata and host memory.
#include <ATen/record_function.h>
#include <c10/core/GradMode.h>
#include <algorithm>
#include <cstring>
#include "handles.h"

using drcnn::borrow;
using drcnn::guarded;
using drcnn::raw;

namespace {

int32_t write(c10::IntArrayRef values, int64_t* out, int32_t capacity) {
  std::copy_n(values.begin(), std::min<size_t>(values.size(), capacity), out);
  return static_cast<int32_t>(values.size());
}

}  // namespace

void drcnn_release(drcnn_tensor* tensor) {
  if (!tensor) return;
  drcnn::live_tensors.fetch_sub(1, std::memory_order_relaxed);
  drcnn::ImplPtr::reclaim(raw(tensor));
}

void drcnn_release_many(drcnn_tensor** tensors, int32_t count) {
  for (int32_t i = 0; i < count; i++) drcnn_release(tensors[i]);
}

int64_t drcnn_live_tensors() { return drcnn::live_tensors.load(std::memory_order_relaxed); }

int32_t drcnn_dim(drcnn_tensor* tensor) { return static_cast<int32_t>(raw(tensor)->dim()); }

int32_t drcnn_sizes(drcnn_tensor* tensor, int64_t* out, int32_t capacity) {
  return write(raw(tensor)->sizes(), out, capacity);
}

int32_t drcnn_strides(drcnn_tensor* tensor, int64_t* out, int32_t capacity) {
  return write(raw(tensor)->strides(), out, capacity);
}

int64_t drcnn_numel(drcnn_tensor* tensor) { return raw(tensor)->numel(); }
int32_t drcnn_dtype(drcnn_tensor* tensor) { return static_cast<int32_t>(c10::typeMetaToScalarType(raw(tensor)->dtype())); }

int32_t drcnn_device(drcnn_tensor* tensor, int32_t* index) {
  auto device = raw(tensor)->device();
  *index = device.index();
  return static_cast<int32_t>(device.type());
}

int32_t drcnn_requires_grad(drcnn_tensor* tensor) { return raw(tensor)->requires_grad(); }

int32_t drcnn_item(drcnn_tensor* tensor, drcnn_value* out) {
  return guarded("item", [&] {
    auto scalar = borrow(tensor).item();
    TORCH_CHECK(!scalar.isComplex(), "a complex number cannot be returned");
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
  return guarded("from_memory", [&] {
    RECORD_FUNCTION("drcnn::from_memory", std::vector<c10::IValue>{});
    auto options = at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype));
    auto tensor = at::empty(c10::IntArrayRef(sizes, dimensions), options);
    if (tensor.numel() > 0) memcpy(tensor.data_ptr(), data, tensor.nbytes());
    *out = drcnn::give(std::move(tensor));
  });
}

int32_t drcnn_copy_to(drcnn_tensor* tensor, void* data, int32_t dtype) {
  return guarded("copy_to", [&] {
    RECORD_FUNCTION("drcnn::copy_to", std::vector<c10::IValue>{borrow(tensor)});
    c10::NoGradGuard unrecorded;
    if (raw(tensor)->numel() == 0) return;
    auto options = at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype));
    at::from_blob(data, raw(tensor)->sizes(), options).copy_(borrow(tensor));
  });
}
