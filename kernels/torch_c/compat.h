// Where libtorch 1.13 and 2.x differ in what the bridge uses.
#pragma once
#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>
#include <torch/version.h>
#include <utility>

namespace drcnn::compat {

// An element of `Tensor?[]`: c10's own optional in 1.13, std's in later versions.
using optional_tensor = decltype(std::declval<c10::IValue>().toOptional<at::Tensor>());

inline bool needs_gradient(const optional_tensor& tensor) { return tensor.has_value() && tensor->requires_grad(); }

struct Autocast {
  bool on;
  at::ScalarType dtype;
};

// Devices that autocast is switched for, together.
constexpr c10::DeviceType autocast_devices[] = {c10::DeviceType::CPU, c10::DeviceType::CUDA};

#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
inline Autocast autocast(c10::DeviceType device) {
  return {at::autocast::is_autocast_enabled(device), at::autocast::get_autocast_dtype(device)};
}
inline void set_autocast(c10::DeviceType device, Autocast state) {
  at::autocast::set_autocast_dtype(device, state.dtype);
  at::autocast::set_autocast_enabled(device, state.on);
}
#else
inline Autocast autocast(c10::DeviceType device) {
  return device == c10::DeviceType::CPU
             ? Autocast{at::autocast::is_cpu_enabled(), at::autocast::get_autocast_cpu_dtype()}
             : Autocast{at::autocast::is_enabled(), at::autocast::get_autocast_gpu_dtype()};
}
inline void set_autocast(c10::DeviceType device, Autocast state) {
  if (device == c10::DeviceType::CPU) {
    at::autocast::set_autocast_cpu_dtype(state.dtype);
    at::autocast::set_cpu_enabled(state.on);
  } else {
    at::autocast::set_autocast_gpu_dtype(state.dtype);
    at::autocast::set_enabled(state.on);
  }
}
#endif

}  // namespace drcnn::compat
