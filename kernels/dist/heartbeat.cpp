#include "heartbeat.h"
#include <c10/util/Exception.h>
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

namespace drcnn {
namespace {

using std::chrono::milliseconds;

constexpr auto shortest_round = milliseconds(100);
constexpr auto longest_round = milliseconds(1000);
constexpr int rounds_in_limit = 10;
// A process that ends in good order closes its connections too, but then this one ends as well.
constexpr auto closing_time = milliseconds(5000);
constexpr auto stopping_time = milliseconds(1000);

std::string beat_key(int rank) { return "beat/" + std::to_string(rank); }
std::string name_key(int rank) { return "name/" + std::to_string(rank); }
std::vector<uint8_t> bytes(const std::string& text) { return {text.begin(), text.end()}; }

std::string seconds(milliseconds time) {
  std::string text = std::to_string(time.count() / 1000);
  if (const auto rest = time.count() % 1000) text += "." + std::to_string(rest / 100);
  return text + " s";
}

struct Watched {
  int rank;
  int64_t count = 0;
  int64_t silent_rounds = 0;
};

}  // namespace

std::string heard_key(int rank) { return "heard/" + std::to_string(rank); }

struct Heartbeat::State {
  c10::intrusive_ptr<c10d::Store> store;
  std::string where;
  int rank;
  int size;
  milliseconds limit;
  milliseconds round;
  std::atomic<int64_t> unanswered{0};  // rounds since the store's last answer
  mutable std::mutex lock;
  std::condition_variable changed;
  bool stops = false;
  int threads = 0;
  std::string verdict;

  // False: it is time to stop.
  bool rest(milliseconds time) {
    std::unique_lock<std::mutex> guard(lock);
    return !changed.wait_for(guard, time, [this] { return stops; });
  }

  void conclude(const std::string& sentence) {
    const std::lock_guard<std::mutex> guard(lock);
    if (verdict.empty()) verdict = sentence;
  }

  int64_t rounds_allowed() const { return limit / round; }

  std::string failure() {
    if (!store->check({failure_key})) return {};
    const auto text = store->get(failure_key);
    store->set(heard_key(rank), bytes("1"));
    return {text.begin(), text.end()};
  }

  std::string name_of(int other) {
    if (!store->check({name_key(other)})) return "a machine that gave no name";
    const auto text = store->get(name_key(other));
    return {text.begin(), text.end()};
  }

  // Tells the others through the store and leaves them time to read it: it may end with this process.
  void accuse(int other) {
    const std::string sentence = "rank " + std::to_string(other) + " of " + std::to_string(size) + " on " + name_of(other) +
                                 " has not been heard of for " + seconds(limit) + ": its machine or its network is gone";
    store->compareSet(failure_key, {}, bytes(sentence));
    rest(2 * round);
    conclude(failure());
  }

  // False: somebody is gone.
  bool look_at(Watched& other) {
    const int64_t count = store->add(beat_key(other.rank), 0);
    // One that has not come yet is waited for by the time-out of joining.
    other.silent_rounds = count == other.count && count > 0 ? other.silent_rounds + 1 : 0;
    other.count = count;
    if (other.silent_rounds <= rounds_allowed()) return true;
    accuse(other.rank);
    return false;
  }

  void beat() {
    std::vector<Watched> others;
    for (int other = 0; other < (rank == 0 ? size : 1); other++) {
      if (other != rank) others.push_back({other});
    }
    try {
      do {
        store->add(beat_key(rank), 1);
        const std::string told = failure();
        if (!told.empty()) {
          conclude(told);
          return;
        }
        if (!std::all_of(others.begin(), others.end(), [this](Watched& other) { return look_at(other); })) return;
        unanswered = 0;
      } while (rest(round));
    } catch (const std::exception&) {
      if (rest(closing_time)) conclude("the store at " + where + " has closed its connection: rank 0, or what started it, has ended");
    }
  }

  // The other thread hangs in its call where the store's machine is gone.
  void count_rounds() {
    while (rest(round)) {
      if (++unanswered > rounds_allowed() + 1) {
        conclude("the store at " + where + " has not answered for " + seconds(limit) + ": the machine of rank 0, or the network to it, is gone");
        return;
      }
    }
  }

  static void start(const std::shared_ptr<State>& state, void (State::*body)()) {
    state->threads++;
    std::thread([state, body] {
      (state.get()->*body)();
      const std::lock_guard<std::mutex> guard(state->lock);
      state->threads--;
      state->changed.notify_all();
    }).detach();
  }
};

Heartbeat::Heartbeat(c10::intrusive_ptr<c10d::Store> store, std::string where, const std::string& name, int rank, int size,
                     milliseconds limit)
    : state_(std::make_shared<State>()) {
  state_->store = std::move(store);
  state_->where = std::move(where);
  state_->rank = rank;
  state_->size = size;
  state_->limit = limit;
  state_->round = std::clamp(limit / rounds_in_limit, shortest_round, longest_round);
  state_->store->set(name_key(rank), bytes(name));
  const std::lock_guard<std::mutex> guard(state_->lock);
  State::start(state_, &State::beat);
  State::start(state_, &State::count_rounds);
}

Heartbeat::~Heartbeat() {
  std::unique_lock<std::mutex> guard(state_->lock);
  state_->stops = true;
  state_->changed.notify_all();
  // A thread that hangs in a call to a machine that is gone is left to the end of the process.
  state_->changed.wait_for(guard, stopping_time, [this] { return state_->threads == 0; });
}

std::string Heartbeat::verdict() const {
  const std::lock_guard<std::mutex> guard(state_->lock);
  return state_->verdict;
}

void Heartbeat::require_all() const {
  const std::string text = verdict();
  if (!text.empty()) throw std::runtime_error(text);
}

}  // namespace drcnn
