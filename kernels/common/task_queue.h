// Tasks that threads take in turn, so that a thread which is held up does fewer of them. Which thread does a task must not matter.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "host.h"

namespace drcnn {

/// The tasks 0, 1, ... that nobody has taken yet. They go in runs of neighbours, which often lie side by side in memory.
class TaskQueue {
 public:
  TaskQueue(int64_t count, int64_t threads) : count_(count), run_(std::max<int64_t>(count / (kRunsOfThread * threads), 1)) {}

  /// Takes tasks, and calls task(number) for each, until there are none.
  template <typename Task>
  void each(const Task& task) {
    for (int64_t begin; (begin = next_.fetch_add(run_, std::memory_order_relaxed)) < count_;) {
      for (int64_t number = begin; number < std::min(begin + run_, count_); number++) task(number);
    }
  }

 private:
  static constexpr int64_t kRunsOfThread = 8;

  std::atomic<int64_t> next_{0};
  const int64_t count_, run_;
};

/// Calls work(queue) once on each thread that helps, for it to make what its tasks need and do each. Inside a parallel region it is
/// called there.
template <typename Work>
void share_tasks(int64_t count, const Work& work) {
  const int64_t threads = std::min<int64_t>(count, thread_count());
  if (threads == 0) return;
  TaskQueue queue(count, threads);
  // A part may be of several threads' ranges: one is enough to empty the queue.
  parallel_for(0, threads, 1, [&](int64_t, int64_t) { work(queue); });
}

}  // namespace drcnn
