// TorchSharp's numbers, freed some seconds after its finalizer asks for it.
//
// An operator of TorchSharp with a number makes a native one, and nothing in it keeps that number until libtorch has read it: a garbage
// collection meanwhile runs the finalizer, and libtorch reads freed memory. The host binds TorchSharp's call to the function here, which has
// the name that TorchSharp asks for; it keeps each number for longer than any call takes to read it.
#include <chrono>
#include <deque>
#include <mutex>

#include "drcnn_kernels.h"

namespace drcnn {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kDelay = std::chrono::seconds(5);

struct Waiting {
  Clock::time_point since;
  void* scalar;
};

struct LateScalars {
  std::mutex lock;
  std::deque<Waiting> waiting;
  void (*dispose)(void*) = nullptr;

  void add(void* scalar) {
    const std::lock_guard<std::mutex> guard(lock);
    const Clock::time_point now = Clock::now();
    waiting.push_back({now, scalar});
    while (now - waiting.front().since > kDelay) {
      dispose(waiting.front().scalar);
      waiting.pop_front();
    }
  }
};

// Finalizers may run while the process ends: never destroyed.
LateScalars& late_scalars() {
  static auto* scalars = new LateScalars();
  return *scalars;
}

}  // namespace
}  // namespace drcnn

void drcnn_late_scalars_use(void (*dispose)(void*)) {
  const std::lock_guard<std::mutex> guard(drcnn::late_scalars().lock);
  drcnn::late_scalars().dispose = dispose;
}

int64_t drcnn_late_scalars_waiting(void) {
  const std::lock_guard<std::mutex> guard(drcnn::late_scalars().lock);
  return static_cast<int64_t>(drcnn::late_scalars().waiting.size());
}

void THSTorch_dispose_scalar(void* scalar) { drcnn::late_scalars().add(scalar); }
