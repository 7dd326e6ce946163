// The kernels of the CPU on shapes and numbers that no model gives them, each fast form against its plain one in float64, and the bodies
// of the CUDA kernels, run on the CPU, against both. Built with the sanitizers. The one argument: how many shapes are drawn for each
// kernel. DRCNN_CPU_ISA says which versions are tested. DRCNN_TESTS: the tests of the kernels that are built.
#include <cstdlib>
#include <thread>

#include "check.h"

namespace drcnn::tests {
namespace {

int threads = 1;
thread_local bool inside = false;

int32_t count_threads(uint32_t* count) {
  *count = static_cast<uint32_t>(threads);
  return 0;
}

/// As libtorch's: equal parts of at least `grain`, the first on the caller's thread.
int32_t share(int64_t begin, int64_t end, int64_t grain, void (*body)(int64_t, int64_t, void*), void* context) {
  const int64_t most = std::max<int64_t>((end - begin) / std::max<int64_t>(grain, 1), 1);
  const int64_t parts = inside ? 1 : std::min<int64_t>(threads, most), size = (end - begin + parts - 1) / parts;
  std::vector<std::thread> others;
  const auto part = [&](int64_t from) {
    const bool before = inside;
    inside = true;
    if (from < end) body(from, std::min(from + size, end), context);
    inside = before;
  };
  for (int64_t i = 1; i < parts; i++) others.emplace_back(part, begin + i * size);
  if (parts == 1) {
    body(begin, end, context);
  } else {
    part(begin);
  }
  for (auto& other : others) other.join();
  return 0;
}

}  // namespace

void use_threads(int count) {
  threads = count;
  drcnn_kernels_use_threads(share, count_threads);
}

}  // namespace drcnn::tests

int main(int count, char** arguments) {
  using namespace drcnn::tests;
  const int64_t draws = count > 1 ? std::atoll(arguments[1]) : 40;
  const char* isa = drcnn_kernels_isa();
  if (isa == nullptr) {
    std::printf("%s\n", drcnn_kernels_error());
    return 1;
  }
  numbers_tests();
  for (const auto tests : {DRCNN_TESTS}) tests(draws);
  std::printf("bfloat16 by %s\n%s: %d checks, %d failures\n", drcnn_kernels_bf16(), isa, checks, failures);
  return failures == 0 ? 0 : 1;
}
