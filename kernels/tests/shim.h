// Runs the kernels of ops/device/block.h on the CPU, one block after another, for the tests.
//
// Shared memory is exactly as large as asked for and holds garbage at first, so that the address sanitizer sees what
// goes beyond it and the results show what was read before it was written. With `backwards` blocks and threads run in
// the opposite order: a result that depends on it is a missing barrier or a race.
#pragma once

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <vector>

#include "../ops/device/block.h"

namespace drcnn {

class ShimDevice {
 public:
  static constexpr c10::DeviceType kType = c10::DeviceType::CPU;
  static inline bool backwards = false;

  explicit ShimDevice(const at::Tensor&) {}

  template <typename Kernel>
  void launch(const Kernel& kernel, int64_t blocks, int64_t shared_bytes = 0) const {
    std::vector<int> order(Kernel::kThreads);
    std::iota(order.begin(), order.end(), 0);
    if (backwards) std::reverse(order.begin(), order.end());
    for (int64_t i = 0; i < blocks; i++) {
      const std::unique_ptr<unsigned char[]> shared(new unsigned char[shared_bytes]);
      std::fill_n(shared.get(), shared_bytes, static_cast<unsigned char>(0xA5));
      kernel(Block(backwards ? blocks - 1 - i : i, Kernel::kThreads, shared.get(), order.data()));
    }
  }
};

}  // namespace drcnn
