// Switches libtorch's deterministic algorithms on in a program that loads it first, to measure what they cost it (docs/reliability.md):
//   g++ -std=c++17 -shared -fPIC kernels/bench/deterministic.cpp -lc10 -ltorch_cpu -o deterministic.so
//   LD_PRELOAD=./deterministic.so ./drcnn train ...
#include <ATen/Context.h>

namespace {

const bool switched = [] {
  at::globalContext().setDeterministicAlgorithms(true, /*warn_only=*/false);
  return true;
}();

}  // namespace
