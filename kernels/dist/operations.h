// What the processes of a group do together, each tensor over the way that suits its device.
#pragma once
#include <mutex>
#include "channel.h"
#include "heartbeat.h"

namespace drcnn {

class Operations {
 public:
  // Waits for all processes.
  Operations(Meeting meeting, std::shared_ptr<Heartbeat> heartbeat);

  Channel& channel_of(const at::Tensor& tensor);

  // On the host until it is done, on a GPU until the current stream is to wait for it. Throws with the sentence about a process that is
  // gone.
  void wait(const at::Tensor& tensor, const Work& work) const;

 private:
  Meeting meeting_;
  std::shared_ptr<Heartbeat> heartbeat_;
  std::unique_ptr<Channel> host_;
  std::once_flag gpu_made_;
  std::unique_ptr<Channel> gpu_;  // made when the first tensor on a GPU comes, which is the same one for all processes
};

}  // namespace drcnn
