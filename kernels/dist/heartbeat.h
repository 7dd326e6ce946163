// Notices that the machine of another process is gone. One that is powered off, or cut off, closes no connection: whoever waits for it
// would wait for the whole time-out.
#pragma once
#include <torch/csrc/distributed/c10d/Store.hpp>
#include <chrono>
#include <memory>
#include <string>

namespace drcnn {

// A key of the store that holds the sentence of whoever failed first, and those by which the others say that they have read it.
constexpr auto failure_key = "failure";
std::string heard_key(int rank);

// Threads of its own count in the store and read the count of rank 0, which reads all; the computing thread may take as long as it likes.
// Time is measured in rounds, not by the clock: processes that are stopped and go on together accuse nobody.
class Heartbeat {
 public:
  // A connection of its own, which no other call of this process can hold up; where: what it leads to, in words; name: of this machine.
  Heartbeat(c10::intrusive_ptr<c10d::Store> store, std::string where, const std::string& name, int rank, int size,
            std::chrono::milliseconds limit);
  ~Heartbeat();
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;

  // Why the group is at its end: a process is silent, or has failed and said so. Empty: it is not.
  std::string verdict() const;

  // Throws the verdict, if there is one.
  void require_all() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace drcnn
