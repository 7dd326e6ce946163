// How long libtorch's operators and the nodes of its backward pass take while somebody times them: each one's own time,
// without that of the operators it calls.
#include <ATen/record_function.h>
#include <time.h>
#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>
#include <sstream>
#include "handles.h"

namespace {

struct Moment {
  double seconds, processor;  // of the process, so that all threads which help an operator count

  static Moment now() { return {read(CLOCK_MONOTONIC), read(CLOCK_PROCESS_CPUTIME_ID)}; }

  static double read(clockid_t clock) {
    timespec time;
    clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  }
};

struct Total {
  int64_t calls = 0;
  Moment spent{0, 0};
};

struct Timing {
  std::mutex lock;
  std::map<std::string, Total> totals;
  at::CallbackHandle callback = 0;
  bool on = false;
};

Timing& timing() {
  static Timing only;
  return only;
}

/// A call that has not ended; calls of a thread end in the reverse order of their starts.
struct Call : at::ObserverContext {
  Moment begun, inside{0, 0};  // what the calls within it took
  Call* outer;
};

thread_local Call* innermost = nullptr;

std::unique_ptr<at::ObserverContext> begin(const at::RecordFunction&) {
  auto call = std::make_unique<Call>();
  call->outer = innermost;
  innermost = call.get();
  call->begun = Moment::now();
  return call;
}

void end(const at::RecordFunction& function, at::ObserverContext* context) {
  const Moment now = Moment::now();
  auto* call = static_cast<Call*>(context);
  const Moment whole{now.seconds - call->begun.seconds, now.processor - call->begun.processor};
  innermost = call->outer;
  if (innermost != nullptr) {
    innermost->inside.seconds += whole.seconds;
    innermost->inside.processor += whole.processor;
  }
  Timing& all = timing();
  const std::lock_guard<std::mutex> guard(all.lock);
  if (!all.on) return;
  Total& total = all.totals[function.name()];
  total.calls++;
  total.spent.seconds += whole.seconds - call->inside.seconds;
  total.spent.processor += whole.processor - call->inside.processor;
}

}  // namespace

int32_t drcnn_time_operators(int32_t on) {
  return drcnn::guarded("time_operators", [&] {
    Timing& all = timing();
    {
      const std::lock_guard<std::mutex> guard(all.lock);
      TORCH_CHECK(all.on != (on != 0), on ? "somebody times already" : "nobody times");
      if (on) all.totals.clear();
      all.on = on != 0;
    }
    if (!on) return at::removeCallback(all.callback);
    all.callback = at::addGlobalCallback(
        at::RecordFunctionCallback(begin, end).scopes({at::RecordScope::FUNCTION, at::RecordScope::BACKWARD_FUNCTION}));
  });
}

int32_t drcnn_operator_times(char* text, int32_t capacity) {
  int32_t length = -1;
  drcnn::guarded("operator_times", [&] {
    Timing& all = timing();
    const std::lock_guard<std::mutex> guard(all.lock);
    std::ostringstream lines;
    lines.precision(17);
    for (const auto& [name, total] : all.totals) {
      lines << name << '\t' << total.calls << '\t' << total.spent.seconds << '\t' << total.spent.processor << '\n';
    }
    const std::string written = lines.str();
    TORCH_CHECK(written.size() <= INT32_MAX, "too much was timed");
    memcpy(text, written.data(), std::min<size_t>(written.size(), capacity));
    length = static_cast<int32_t>(written.size());
  });
  return length;
}
