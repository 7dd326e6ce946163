// What the files of the bridge share: handles and the guard around every exported body.
#pragma once
#include <ATen/ATen.h>
#include <atomic>
#include <string>
#include "drcnn.h"

namespace drcnn {

using Impl = c10::TensorImpl;
using ImplPtr = c10::intrusive_ptr<Impl, c10::UndefinedTensorImpl>;

inline std::atomic<int64_t> live_tensors{0};
inline thread_local std::string last_error;

inline Impl* raw(const void* tensor) { return static_cast<Impl*>(const_cast<void*>(tensor)); }

// Adds a reference for the life of the at::Tensor.
inline at::Tensor borrow(const void* tensor) {
  return tensor ? at::Tensor(ImplPtr::reclaim_copy(raw(tensor))) : at::Tensor();
}

// Hands the reference to the caller.
inline drcnn_tensor* give(at::Tensor tensor) {
  if (!tensor.defined()) return nullptr;
  live_tensors.fetch_add(1, std::memory_order_relaxed);
  return reinterpret_cast<drcnn_tensor*>(tensor.unsafeReleaseTensorImpl());
}

// The sentence begins with the full name of what failed, once: operators of ours begin theirs with the short one.
inline void fail(const std::string& name, const std::string& text) {
  const size_t space = name.rfind("::");
  const std::string start = (space == std::string::npos ? name : name.substr(space + 2)) + ": ";
  last_error = name + ": " + (text.rfind(start, 0) == 0 ? text.substr(start.size()) : text);
}

// No exception crosses the C boundary.
template <class Body>
int32_t guarded(const char* name, Body&& body) noexcept {
  try {
    try {
      body();
      return 0;
    } catch (const c10::Error& error) {
      fail(name, error.what_without_backtrace());
    } catch (const std::exception& error) {
      fail(name, error.what());
    } catch (...) {
      fail(name, "unknown C++ exception");
    }
  } catch (...) {
    last_error.clear();  // no memory for the sentence
  }
  return -1;
}

}  // namespace drcnn
