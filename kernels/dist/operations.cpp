#include "operations.h"
#include <thread>

namespace drcnn {
namespace {

// c10d can wait for a time, but what ends that wait is an exception with a stack trace: once is enough.
constexpr auto first_wait = std::chrono::milliseconds(500);
constexpr auto step = std::chrono::milliseconds(5);

}  // namespace

Operations::Operations(Meeting meeting, std::shared_ptr<Heartbeat> heartbeat)
    : meeting_(std::move(meeting)), heartbeat_(std::move(heartbeat)), host_(host_channel(meeting_)) {}

Channel& Operations::channel_of(const at::Tensor& tensor) {
  if (!tensor.is_cuda()) return *host_;
  std::call_once(gpu_made_, [this] { gpu_ = gpu_channel(meeting_); });
  return *gpu_;
}

void Operations::wait(const at::Tensor& tensor, const Work& work) const {
  if (!work) return;
  if (tensor.is_cuda()) {
    work->wait();
    return;
  }
  try {
    work->wait(first_wait);
    return;
  } catch (const std::exception&) {
    // Not done yet, or failed: the last line tells.
  }
  while (!work->isCompleted()) {
    if (heartbeat_) heartbeat_->require_all();
    std::this_thread::sleep_for(step);
  }
  work->wait();
}

}  // namespace drcnn
