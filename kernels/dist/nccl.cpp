// Tensors on a GPU, over NCCL. An operation is put behind what the current stream has to do, and Work::wait() lets that stream wait for
// it: the host goes on at once.
#include "channel.h"
#ifdef USE_C10D_NCCL
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>

namespace drcnn {

std::unique_ptr<Channel> gpu_channel(const Meeting& meeting) {
  auto settings = c10d::ProcessGroupNCCL::Options::create();
  settings->timeout = meeting.timeout;
  auto store = c10::make_intrusive<c10d::PrefixStore>("nccl", meeting.store);
  return std::make_unique<ChannelOf<c10d::ProcessGroupNCCL>>(
      c10::make_intrusive<c10d::ProcessGroupNCCL>(std::move(store), meeting.rank, meeting.size, std::move(settings)));
}

#ifndef USE_C10D_GLOO
namespace {

// Copies there and back, which waits for the GPU: numbers of the host are few.
class StagedChannel final : public Channel {
 public:
  explicit StagedChannel(const Meeting& meeting) : gpu_(gpu_channel(meeting)), device_(at::kCUDA, static_cast<at::DeviceIndex>(meeting.gpu)) {}

  Work all_reduce(std::vector<at::Tensor>& tensors) override {
    std::vector<at::Tensor> there{tensors[0].to(device_)};
    gpu_->all_reduce(there)->wait();
    tensors[0].copy_(there[0]);
    return {};
  }

  Work all_gather(std::vector<std::vector<at::Tensor>>& outputs, std::vector<at::Tensor>& inputs) override {
    std::vector<at::Tensor> there{inputs[0].to(device_)};
    std::vector<std::vector<at::Tensor>> rows(1);
    for (size_t i = 0; i < outputs[0].size(); i++) rows[0].push_back(at::empty_like(there[0]));
    gpu_->all_gather(rows, there)->wait();
    for (size_t i = 0; i < outputs[0].size(); i++) outputs[0][i].copy_(rows[0][i]);
    return {};
  }

  Work broadcast(std::vector<at::Tensor>& tensors, int root) override {
    std::vector<at::Tensor> there{tensors[0].to(device_)};
    gpu_->broadcast(there, root)->wait();
    tensors[0].copy_(there[0]);
    return {};
  }

 private:
  std::unique_ptr<Channel> gpu_;
  at::Device device_;
};

}  // namespace

std::unique_ptr<Channel> staged_channel(const Meeting& meeting) { return std::make_unique<StagedChannel>(meeting); }
#endif

}  // namespace drcnn
#else
namespace drcnn {

std::unique_ptr<Channel> gpu_channel(const Meeting&) {
  TORCH_CHECK(false, "a tensor is on a GPU, and this build has no NCCL: it was made with a libtorch for CPUs, or without nccl.h");
}

}  // namespace drcnn
#endif
