// Streams and events in the manner of CUDA's, over threads: what is put into a stream runs in its order and beside the host.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <queue>
#include <thread>

namespace stand_in {

class Stream {
 public:
  // The thread is its own and ends with the process: a task may wait for another process for ever.
  static std::shared_ptr<Stream> make() {
    std::shared_ptr<Stream> made(new Stream);
    std::thread([made] { made->run(); }).detach();
    return made;
  }

  void put(std::function<void()> task) {
    const std::lock_guard<std::mutex> guard(lock);
    tasks.push(std::move(task));
    given++;
    changed.notify_all();
  }

  // Waits until all that was put into it has run.
  void synchronize() {
    std::unique_lock<std::mutex> guard(lock);
    const int64_t until = given;
    changed.wait(guard, [&] { return done >= until; });
  }

 private:
  Stream() = default;

  void run() {
    while (true) {
      std::unique_lock<std::mutex> guard(lock);
      changed.wait(guard, [&] { return !tasks.empty(); });
      const std::function<void()> task = std::move(tasks.front());
      tasks.pop();
      guard.unlock();
      task();
      guard.lock();
      done++;
      changed.notify_all();
    }
  }

  std::mutex lock;
  std::condition_variable changed;
  std::queue<std::function<void()>> tasks;
  int64_t given = 0;
  int64_t done = 0;
};

// How often it was recorded, and how many of these have been reached.
struct Event {
  std::mutex lock;
  std::condition_variable changed;
  int64_t recorded = 0;
  int64_t reached = 0;
};

// Null stands for the calling thread's own: ranks of a job may be threads of one process.
inline Stream& stream_of(void* stream) {
  thread_local std::shared_ptr<Stream> own;
  if (stream) return **static_cast<std::shared_ptr<Stream>*>(stream);
  if (!own) own = Stream::make();
  return *own;
}

}  // namespace stand_in
