// Joining, failing and leaving.
#include "group.h"
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <cstring>
#include <future>
#include <thread>
#include "local_address.h"

using drcnn::guarded;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

namespace {

constexpr auto heartbeat_key = "heartbeat_ms";
constexpr auto step = milliseconds(20);
// The others are mostly waiting for this process and hear of its failure at once.
constexpr auto hearing_time = milliseconds(3000);

c10::intrusive_ptr<c10d::Store> connect(const drcnn_dist_meeting& where, bool serves) {
  c10d::TCPStoreOptions options;
  options.port = static_cast<uint16_t>(where.port);
  options.isServer = serves;
  options.numWorkers = where.size;
  options.waitWorkers = false;  // the operations' connections wait for everybody
  options.timeout = milliseconds(where.timeout_ms);
  return c10::make_intrusive<c10d::PrefixStore>(where.prefix, c10::make_intrusive<c10d::TCPStore>(where.host, options));
}

std::vector<uint8_t> bytes_of(const std::string& text) { return {text.begin(), text.end()}; }
std::string text_of(const std::vector<uint8_t>& bytes) { return {bytes.begin(), bytes.end()}; }

// Names in namespaces and containers are often the same: the address goes with it.
std::string name_of_machine(const drcnn_dist_meeting& where) {
  char name[256] = {};
  gethostname(name, sizeof name - 1);
  return std::string(name) + " (" + drcnn::local_address_towards(where.host, where.port) + ")";
}

std::shared_ptr<drcnn::Heartbeat> heartbeat(const drcnn_dist_meeting& where, c10d::Store& store) {
  if (where.rank == 0) store.set(heartbeat_key, bytes_of(std::to_string(where.heartbeat_ms)));
  const milliseconds limit(std::stoll(text_of(store.get(heartbeat_key))));
  if (limit.count() == 0) return nullptr;
  return std::make_shared<drcnn::Heartbeat>(connect(where, false), std::string(where.host) + ":" + std::to_string(where.port),
                                            name_of_machine(where), where.rank, where.size, limit);
}

// A destructor may wait for operations whose partners are gone: it does so on a thread of its own.
void abandon(drcnn_dist_group& group) {
  if (!group.operations) return;
  std::thread([operations = std::move(group.operations)]() mutable { operations.reset(); }).detach();
}

// The store's machine may be gone, and then a call hangs: it does so on a thread of its own. Null: it has not come back in time.
template <class Result>
std::unique_ptr<Result> within(milliseconds time, std::function<Result()> call) {
  auto promise = std::make_shared<std::promise<Result>>();
  auto result = promise->get_future();
  std::thread([promise, call = std::move(call)] {
    try {
      promise->set_value(call());
    } catch (...) {
      promise->set_exception(std::current_exception());
    }
  }).detach();
  return result.wait_for(time) == std::future_status::ready ? std::make_unique<Result>(result.get()) : nullptr;
}

// The sentence in the store, waiting for it.
std::string told(const c10::intrusive_ptr<c10d::Store>& store, int rank, milliseconds wait) {
  const auto end = Clock::now() + wait;
  bool known = store->check({drcnn::failure_key});
  while (!known && Clock::now() < end) {
    std::this_thread::sleep_for(step);
    known = store->check({drcnn::failure_key});
  }
  if (!known) return {};
  const std::string sentence = text_of(store->get(drcnn::failure_key));
  store->set(drcnn::heard_key(rank), bytes_of("1"));
  return sentence;
}

int32_t write(const std::string& sentence, char* text, int32_t capacity) {
  const auto length = static_cast<int32_t>(std::min<size_t>(sentence.size(), capacity - 1));
  std::memcpy(text, sentence.data(), length);
  text[length] = 0;
  return length;
}

}  // namespace

const char* drcnn_dist_last_error() { return drcnn::last_error.c_str(); }

int32_t drcnn_dist_join(const drcnn_dist_meeting* where, drcnn_dist_group** out) {
  return guarded("join", [&] {
    auto group = std::make_unique<drcnn_dist_group>();
    group->rank = where->rank;
    group->size = where->size;
    group->store = connect(*where, where->serves_store != 0);
    group->heartbeat = heartbeat(*where, *group->store);
    const drcnn::Meeting meeting{group->store, where->host, where->port, where->rank, where->size, where->gpu, milliseconds(where->timeout_ms)};
    group->operations = std::make_shared<drcnn::Operations>(meeting, group->heartbeat);
    *out = group.release();
  });
}

int32_t drcnn_dist_fail(drcnn_dist_group* group, const char* sentence) {
  return guarded("fail", [&] {
    const auto store = group->store;
    within<bool>(hearing_time, [store, text = bytes_of(sentence)] {
      store->compareSet(drcnn::failure_key, {}, text);
      return true;
    });
    abandon(*group);
    // Where this process serves the store, the sentence goes with it.
    std::vector<std::string> others;
    for (int rank = 0; rank < group->size; rank++) {
      if (rank != group->rank) others.push_back(drcnn::heard_key(rank));
    }
    within<bool>(hearing_time, [store, others] {
      const auto end = Clock::now() + hearing_time;
      while (!store->check(others) && Clock::now() < end) std::this_thread::sleep_for(step);
      return true;
    });
  });
}

int32_t drcnn_dist_failure(drcnn_dist_group* group, int64_t wait_ms, char* text, int32_t capacity) {
  int32_t length = 0;
  const int32_t status = guarded("failure", [&] {
    std::string sentence = group->heartbeat ? group->heartbeat->verdict() : "";
    if (sentence.empty()) {
      const milliseconds wait(wait_ms);
      const auto found = within<std::string>(wait + step, [store = group->store, rank = group->rank, wait] { return told(store, rank, wait); });
      if (found) sentence = *found;
    }
    length = write(sentence, text, capacity);
  });
  return status < 0 ? status : length;
}

int32_t drcnn_dist_verdict(drcnn_dist_group* group, char* text, int32_t capacity) {
  return group->heartbeat ? write(group->heartbeat->verdict(), text, capacity) : 0;
}

void drcnn_dist_end_process(int32_t code) { _exit(code); }

void drcnn_dist_leave(drcnn_dist_group* group, int32_t orderly) {
  guarded("leave", [&] {
    if (!orderly) abandon(*group);
    delete group;
  });
}
