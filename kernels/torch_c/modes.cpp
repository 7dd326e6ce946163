// Autograd, the modes of a thread and the settings of the process.
#include <ATen/Context.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/variable.h>
#include "compat.h"
#include "handles.h"

using drcnn::borrow;
using drcnn::guarded;

const char* drcnn_last_error() { return drcnn::last_error.c_str(); }

const char* drcnn_library_info() {
  static const std::string text = std::string("libtorch ") + TORCH_VERSION + "\n" + at::show_config();
  return text.c_str();
}

int32_t drcnn_backward(drcnn_tensor* loss, drcnn_tensor* gradient, int32_t retain_graph, int32_t create_graph,
                       drcnn_tensor** inputs, int32_t input_count) {
  return guarded("backward", [&] {
    std::vector<at::Tensor> gradients;
    if (gradient) gradients.push_back(borrow(gradient));
    std::vector<at::Tensor> leaves;
    for (int32_t i = 0; i < input_count; i++) leaves.push_back(borrow(inputs[i]));
    torch::autograd::backward({borrow(loss)}, gradients, retain_graph != 0, create_graph != 0, leaves);
  });
}

int32_t drcnn_grad(drcnn_tensor* tensor, drcnn_tensor** out) {
  return guarded("grad", [&] { *out = drcnn::give(borrow(tensor).grad()); });
}

int32_t drcnn_set_grad(drcnn_tensor* tensor, drcnn_tensor* gradient) {
  return guarded("grad", [&] { borrow(tensor).mutable_grad() = borrow(gradient); });
}

int32_t drcnn_set_requires_grad(drcnn_tensor* tensor, int32_t on) {
  return guarded("requires_grad", [&] { borrow(tensor).set_requires_grad(on != 0); });
}

int32_t drcnn_grad_mode(int32_t on) {
  const bool before = c10::GradMode::is_enabled();
  c10::GradMode::set_enabled(on != 0);
  return before;
}

int32_t drcnn_inference_enter(int32_t on, void** scope) {
  return guarded("inference_mode", [&] { *scope = new c10::InferenceMode(on != 0); });
}

void drcnn_inference_leave(void* scope) { delete static_cast<c10::InferenceMode*>(scope); }

int32_t drcnn_autocast(int32_t dtype) {
  using namespace drcnn::compat;
  const Autocast before = autocast(c10::DeviceType::CPU);
  for (auto device : autocast_devices) {
    const auto type = dtype < 0 ? autocast(device).dtype : static_cast<at::ScalarType>(dtype);
    set_autocast(device, {dtype >= 0, type});
  }
  // Weights cast inside are cached; they must not outlive the step that changes the weights.
  if (dtype < 0) at::autocast::clear_cache();
  return before.on ? static_cast<int32_t>(before.dtype) : -1;
}

int32_t drcnn_set_threads(int32_t count) {
  return guarded("set_num_threads", [&] { at::set_num_threads(count); });
}

int32_t drcnn_threads() { return at::get_num_threads(); }

int32_t drcnn_manual_seed(int64_t seed) {
  return guarded("manual_seed", [&] { at::manual_seed(static_cast<uint64_t>(seed)); });
}

int32_t drcnn_has_cuda() {
  int32_t found = 0;
  guarded("has_cuda", [&] { found = at::hasCUDA(); });
  return found;
}

int32_t drcnn_has_cuda_operators() {
  int32_t found = 0;
  guarded("has_cuda_operators", [&] {
    found = c10::Dispatcher::singleton()
                .findSchemaOrThrow("dynamic_rcnn::roi_align", "")
                .hasKernelForDispatchKey(c10::DispatchKey::CUDA);
  });
  return found;
}
