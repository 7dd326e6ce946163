// The host's tensors, over Gloo where its headers were there; otherwise by way of the GPU.
#include "channel.h"
#ifdef USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <cstdlib>
#include "local_address.h"

namespace drcnn {
namespace {

constexpr int gloo_threads = 2;

// GLOO_SOCKET_IFNAME names the network; otherwise it is the one that leads to rank 0.
std::shared_ptr<gloo::transport::Device> network(const Meeting& meeting) {
  const char* interface = std::getenv("GLOO_SOCKET_IFNAME");
  return interface && *interface ? c10d::ProcessGroupGloo::createDeviceForInterface(interface)
                                 : c10d::ProcessGroupGloo::createDeviceForHostname(local_address_towards(meeting.host, meeting.port));
}

}  // namespace

std::unique_ptr<Channel> host_channel(const Meeting& meeting) {
  auto settings = c10d::ProcessGroupGloo::Options::create();
  settings->devices = {network(meeting)};
  settings->threads = gloo_threads;
  settings->timeout = meeting.timeout;
  return std::make_unique<ChannelOf<c10d::ProcessGroupGloo>>(
      c10::make_intrusive<c10d::ProcessGroupGloo>(meeting.store, meeting.rank, meeting.size, settings));
}

}  // namespace drcnn
#else
namespace drcnn {

std::unique_ptr<Channel> host_channel(const Meeting& meeting) { return staged_channel(meeting); }

}  // namespace drcnn
#endif
