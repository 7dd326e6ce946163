#include "mesh.h"
#include <drcnn_processes.h>
#include <gloo/common/error.h>
#include <gloo/transport/address.h>
#include <gloo/transport/context.h>
#include <gloo/transport/pair.h>
#include <cstring>
#include <vector>

namespace drcnn {
namespace {

using std::chrono::milliseconds;

constexpr size_t address_bytes = DRCNN_PROCESSES_ADDRESS;
static_assert(address_bytes >= gloo::transport::Address::kMaxByteSize, "an address does not fit");

}  // namespace

Mesh::Mesh(int rank, int size, std::shared_ptr<gloo::transport::Device> device, milliseconds timeout, uint8_t* addresses)
    : gloo::Context(rank, size) {
  setTimeout(timeout);
  transportContext_ = device->createContext(rank, size);
  transportContext_->setTimeout(timeout);
  device_ = std::move(device);
  std::memset(addresses, 0, size * address_bytes);
  for (int other = 0; other < size; other++) {
    if (other == rank) continue;
    auto& pair = transportContext_->createPair(other);
    pair->setLocalRank(0);
    const std::vector<char> bytes = pair->address().bytes();
    std::memcpy(addresses + other * address_bytes, bytes.data(), bytes.size());
  }
}

void Mesh::connect(const uint8_t* addresses) {
  for (int other = 0; other < size; other++) {
    if (other == rank) continue;
    auto& pair = getPair(other);
    const auto* first = reinterpret_cast<const char*>(addresses + other * address_bytes);
    pair->connect(std::vector<char>(first, first + pair->address().bytes().size()));
  }
}

void Mesh::abort() {
  // Gloo closes all connections when a wait ends in vain; so this one waits for what nobody sends.
  char nothing = 0;
  try {
    createUnboundBuffer(&nothing, 1)->waitRecv(nullptr, milliseconds(1));
  } catch (const gloo::Exception&) {
  }
}

}  // namespace drcnn
