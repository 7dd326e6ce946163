// The host's threads, with numbers too small to be normal read and written as 0. Weights that are drawn and not trained give gradients of
// such numbers, and an addition of one takes a processor a hundred times as long as one of others.
#pragma once

#include "isa.h"
#include "task_queue.h"

#if DRCNN_X86
#include <xmmintrin.h>
#endif

namespace drcnn::conv {

/// While it lives, on this thread.
class WithoutSubnormals {
 public:
  WithoutSubnormals(const WithoutSubnormals&) = delete;
#if DRCNN_X86
  WithoutSubnormals() : before_(_mm_getcsr()) { _mm_setcsr(before_ | kReadAsZero | kWrittenAsZero); }
  ~WithoutSubnormals() { _mm_setcsr(before_); }

 private:
  static constexpr unsigned kReadAsZero = 0x0040, kWrittenAsZero = 0x8000;
  const unsigned before_;
#else
  WithoutSubnormals() {}
  ~WithoutSubnormals() {}
#endif
};

/// drcnn::parallel_for.
template <typename Body>
void parallel_for(int64_t begin, int64_t end, int64_t grain, const Body& body) {
  drcnn::parallel_for(begin, end, grain, [&](int64_t from, int64_t to) {
    const WithoutSubnormals here;
    body(from, to);
  });
}

/// drcnn::share_tasks.
template <typename Work>
void share_tasks(int64_t count, const Work& work) {
  drcnn::share_tasks(count, [&](TaskQueue& queue) {
    const WithoutSubnormals here;
    work(queue);
  });
}

}  // namespace drcnn::conv
