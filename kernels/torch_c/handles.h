// What the files of the bridge share: handles, the guard around every exported body, versions of libtorch.
#pragma once
#include <ATen/ATen.h>
#include <torch/version.h>
#include <atomic>
#include <string>
#include "drcnn.h"

namespace drcnn {

using Impl = c10::TensorImpl;
using ImplPtr = c10::intrusive_ptr<Impl, c10::UndefinedTensorImpl>;

inline std::atomic<int64_t> live_handles{0};
inline thread_local std::string last_error;

inline Impl* raw(const void* tensor) { return static_cast<Impl*>(const_cast<void*>(tensor)); }

// Adds a reference for the life of the at::Tensor.
inline at::Tensor borrow(const void* tensor) {
  return tensor ? at::Tensor(ImplPtr::reclaim_copy(raw(tensor))) : at::Tensor();
}

// Hands the reference to the caller.
inline drcnn_tensor* give(at::Tensor tensor) {
  if (!tensor.defined()) return nullptr;
  live_handles.fetch_add(1, std::memory_order_relaxed);
  return reinterpret_cast<drcnn_tensor*>(tensor.unsafeReleaseTensorImpl());
}

// No exception crosses the C boundary.
template <class Body>
int32_t guarded(Body&& body) noexcept {
  try {
    body();
    return 0;
  } catch (const c10::Error& error) {
    last_error = error.what_without_backtrace();
  } catch (const std::exception& error) {
    last_error = error.what();
  } catch (...) {
    last_error = "unknown C++ exception";
  }
  return -1;
}

}  // namespace drcnn
