// The connections of one process with all others.
#pragma once
#include <gloo/context.h>
#include <gloo/transport/device.h>
#include <chrono>
#include <cstdint>
#include <memory>

namespace drcnn {

// gloo::rendezvous makes the same connections by way of a store of its own. Here the addresses are handed over: how they travel is the caller's.
class Mesh final : public gloo::Context {
 public:
  // Listens for each of the others. addresses, written: a row for each rank.
  Mesh(int rank, int size, std::shared_ptr<gloo::transport::Device> device, std::chrono::milliseconds timeout, uint8_t* addresses);

  // Waits for all of them.
  void connect(const uint8_t* addresses);

  // Closes all connections, which wakes whoever waits for one of them.
  void abort();
};

}  // namespace drcnn
