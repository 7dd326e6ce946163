// Joining, failing and leaving.
#include "group.h"
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <thread>
#include "local_address.h"

using drcnn::guarded;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

namespace {

constexpr auto failure_key = "failure";
constexpr auto heard_key = "failure_heard";
constexpr auto step = milliseconds(20);
// The others are mostly waiting for this process and hear of its failure at once.
constexpr auto hearing_time = milliseconds(3000);
constexpr int gloo_threads = 2;

// GLOO_SOCKET_IFNAME names the network; otherwise it is the one that leads to rank 0.
std::shared_ptr<gloo::transport::Device> network(const char* host, int port) {
  const char* interface = std::getenv("GLOO_SOCKET_IFNAME");
  return interface && *interface ? c10d::ProcessGroupGloo::createDeviceForInterface(interface)
                                 : c10d::ProcessGroupGloo::createDeviceForHostname(drcnn::local_address_towards(host, port));
}

// A destructor may wait for operations whose partners are gone: it does so on a thread of its own.
void abandon(drcnn_dist_group& group) {
  if (!group.gloo) return;
  std::thread([gloo = std::move(group.gloo)]() mutable { gloo.reset(); }).detach();
}

std::string text_of(const std::vector<uint8_t>& bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

const char* drcnn_dist_last_error() { return drcnn::last_error.c_str(); }

int32_t drcnn_dist_join(const char* host, int32_t port, int32_t serves_store, const char* prefix, int32_t rank, int32_t size,
                        int64_t timeout_ms, drcnn_dist_group** out) {
  return guarded("join", [&] {
    c10d::TCPStoreOptions options;
    options.port = static_cast<uint16_t>(port);
    options.isServer = serves_store != 0;
    options.numWorkers = size;
    options.waitWorkers = false;  // the connections below wait for everybody
    options.timeout = milliseconds(timeout_ms);
    auto group = std::make_unique<drcnn_dist_group>();
    group->rank = rank;
    group->size = size;
    group->store = c10::make_intrusive<c10d::PrefixStore>(prefix, c10::make_intrusive<c10d::TCPStore>(host, options));
    auto settings = c10d::ProcessGroupGloo::Options::create();
    settings->devices = {network(host, port)};
    settings->threads = gloo_threads;
    settings->timeout = milliseconds(timeout_ms);
    group->gloo = c10::make_intrusive<c10d::ProcessGroupGloo>(group->store, rank, size, settings);
    *out = group.release();
  });
}

int32_t drcnn_dist_fail(drcnn_dist_group* group, const char* sentence) {
  return guarded("fail", [&] {
    const std::vector<uint8_t> text(sentence, sentence + std::strlen(sentence));
    group->store->compareSet(failure_key, {}, text);
    abandon(*group);
    // Where this process serves the store, the sentence goes with it.
    const auto end = Clock::now() + hearing_time;
    while (group->store->add(heard_key, 0) < group->size - 1 && Clock::now() < end) std::this_thread::sleep_for(step);
  });
}

int32_t drcnn_dist_failure(drcnn_dist_group* group, int64_t wait_ms, char* text, int32_t capacity) {
  int32_t length = 0;
  const int32_t status = guarded("failure", [&] {
    const auto end = Clock::now() + milliseconds(wait_ms);
    bool known = group->store->check({failure_key});
    while (!known && Clock::now() < end) {
      std::this_thread::sleep_for(step);
      known = group->store->check({failure_key});
    }
    if (!known) return;
    const std::string sentence = text_of(group->store->get(failure_key));
    group->store->add(heard_key, 1);
    length = static_cast<int32_t>(std::min<size_t>(sentence.size(), capacity - 1));
    std::memcpy(text, sentence.data(), length);
    text[length] = 0;
  });
  return status < 0 ? status : length;
}

void drcnn_dist_leave(drcnn_dist_group* group, int32_t orderly) {
  guarded("leave", [&] {
    if (!orderly) abandon(*group);
    delete group;
  });
}
