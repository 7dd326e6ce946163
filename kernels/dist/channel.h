// Operations of all processes on tensors, over one of the ways that c10d knows.
#pragma once
#include <torch/csrc/distributed/c10d/Store.hpp>
#include <torch/csrc/distributed/c10d/Types.hpp>
#include <torch/csrc/distributed/c10d/Work.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace drcnn {

// Where the processes of a group meet, and as what this one comes.
struct Meeting {
  c10::intrusive_ptr<c10d::Store> store;
  std::string host;
  int port;
  int rank;
  int size;
  int gpu;  // of this process, by its number on this machine
  std::chrono::milliseconds timeout;
};

using Work = c10::intrusive_ptr<c10d::Work>;

// c10d takes lists of tensors, of which there is one here. A null Work is done.
class Channel {
 public:
  virtual ~Channel() = default;
  virtual Work all_reduce(std::vector<at::Tensor>& tensors) = 0;
  virtual Work all_gather(std::vector<std::vector<at::Tensor>>& outputs, std::vector<at::Tensor>& inputs) = 0;
  virtual Work broadcast(std::vector<at::Tensor>& tensors, int root) = 0;
};

// The classes of c10d have the same members, but a common base in some versions alone.
template <class Group>
class ChannelOf final : public Channel {
 public:
  explicit ChannelOf(c10::intrusive_ptr<Group> group) : group_(std::move(group)) {}

  Work all_reduce(std::vector<at::Tensor>& tensors) override { return group_->allreduce(tensors); }

  Work all_gather(std::vector<std::vector<at::Tensor>>& outputs, std::vector<at::Tensor>& inputs) override {
    return group_->allgather(outputs, inputs);
  }

  Work broadcast(std::vector<at::Tensor>& tensors, int root) override {
    c10d::BroadcastOptions options;
    options.rootRank = root;
    return group_->broadcast(tensors, options);
  }

 private:
  c10::intrusive_ptr<Group> group_;
};

// For the host's tensors. Waits for all processes.
std::unique_ptr<Channel> host_channel(const Meeting& meeting);

// For tensors on a GPU. Throws where this build has no NCCL.
std::unique_ptr<Channel> gpu_channel(const Meeting& meeting);

#ifndef USE_C10D_GLOO
// For the host's tensors without Gloo: by way of the GPU.
std::unique_ptr<Channel> staged_channel(const Meeting& meeting);
#endif

}  // namespace drcnn
