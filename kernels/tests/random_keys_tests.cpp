#include "../ops/random_keys/random_keys_device.h"
#include "check.h"

namespace drcnn::tests {

void random_keys_tests() {
  const auto on_cpu = reference<decltype(random_keys_cpu)>("dynamic_rcnn::random_keys");
  const auto ids = at::tensor({int64_t{0}, int64_t{-1}, int64_t{139}, INT64_MAX, INT64_MIN});
  for (const int64_t count : {0, 1, 3, 4, 1000, 1026}) {
    for (const int64_t images : {0, 1, 5}) {
      const auto call = [&] { return random_keys_on<ShimDevice>(ids.narrow(0, 0, images), -7, 4294967295, 255, count); };
      const std::string what = "random_keys " + std::to_string(images) + " x " + std::to_string(count);
      check(same(twice(what, call), on_cpu.call(ids.narrow(0, 0, images), -7, 4294967295, 255, count)), what);
    }
  }
}

}  // namespace drcnn::tests
