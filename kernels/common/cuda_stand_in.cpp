// The threads of a block as stacks that are switched between; see cuda_stand_in.h.
#include <algorithm>
#include <atomic>
#include <memory>
#include <vector>

#include "cuda.h"

#if !defined(__x86_64__)
#error "the stand-in for CUDA switches stacks on x86-64 alone"
#endif

// Keeps what a callee must keep on the stack that is left, and takes it from the one that is entered.
extern "C" void drcnn_switch_stack(void** left, void* entered);
asm(R"(
  .text
  .globl drcnn_switch_stack
  .hidden drcnn_switch_stack
  .type drcnn_switch_stack, @function
drcnn_switch_stack:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
  .size drcnn_switch_stack, .-drcnn_switch_stack
)");

namespace drcnn::stand_in {

thread_local Index thread_index, block_index;
thread_local unsigned char* dynamic_shared = nullptr;

namespace {

constexpr int64_t kStackBytes = 256 << 10;
constexpr int kSavedRegisters = 6;

std::atomic<bool> is_backwards{false};

struct Thread {
  std::unique_ptr<unsigned char[]> stack;
  void* place = nullptr;  ///< the stack pointer while another runs
  bool done = false;
};

thread_local void* scheduler = nullptr;
thread_local Thread* running = nullptr;
thread_local const std::function<void()>* work = nullptr;

/// A thread of every block that comes: between two of them it waits here.
void live() {
  for (;;) {
    (*work)();
    Thread* self = running;
    self->done = true;
    drcnn_switch_stack(&self->place, scheduler);
  }
}

void prepare(Thread& thread) {
  thread.stack.reset(new unsigned char[kStackBytes]);
  const auto top = reinterpret_cast<uintptr_t>(thread.stack.get() + kStackBytes) / 16 * 16;
  auto* entry = reinterpret_cast<void**>(top) - 2;  // so the stack is aligned as after a call
  entry[0] = reinterpret_cast<void*>(&live);
  entry[1] = nullptr;
  thread.place = entry - kSavedRegisters;
}

void run_block(const std::vector<int>& order) {
  thread_local std::vector<Thread> threads;
  while (threads.size() < order.size()) prepare(threads.emplace_back());
  for (size_t i = 0; i < order.size(); i++) threads[i].done = false;
  for (size_t left = order.size(); left > 0;) {
    for (const int i : order) {
      if (threads[i].done) continue;
      running = &threads[i];
      thread_index.x = static_cast<unsigned>(i);
      drcnn_switch_stack(&scheduler, threads[i].place);
      if (threads[i].done) left--;
    }
  }
}

}  // namespace

void run(const Grid& grid, const std::function<void()>& thread) {
  const bool backwards = is_backwards;
  work = &thread;
  std::vector<int> order(grid.threads);
  for (int i = 0; i < grid.threads; i++) order[i] = backwards ? grid.threads - 1 - i : i;
  for (int64_t i = 0; i < grid.blocks; i++) {
    const std::unique_ptr<unsigned char[]> shared(new unsigned char[grid.shared_bytes]);
    std::fill_n(shared.get(), grid.shared_bytes, static_cast<unsigned char>(0xA5));
    dynamic_shared = shared.get();
    block_index.x = static_cast<unsigned>(backwards ? grid.blocks - 1 - i : i);
    run_block(order);
  }
}

}  // namespace drcnn::stand_in

void __syncthreads() {
  using namespace drcnn::stand_in;
  drcnn_switch_stack(&running->place, scheduler);
}

void drcnn_shim_backwards(int32_t backwards) { drcnn::stand_in::is_backwards = backwards != 0; }
