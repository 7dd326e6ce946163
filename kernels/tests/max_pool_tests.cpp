#include <torch/csrc/autograd/autograd.h>

#include "check.h"

namespace drcnn::tests {
namespace {

using MaxPool = at::Tensor(const at::Tensor&, int64_t, int64_t, int64_t);

void compare(const at::Tensor& input, int64_t side, int64_t stride, int64_t padding) {
  const auto run = reference<MaxPool>("dynamic_rcnn::max_pool");
  std::ostringstream what;
  what << "max_pool " << input.sizes() << ", window " << side << ", stride " << stride << ", padding " << padding;
  const auto expected = at::max_pool2d(input, side, stride, padding);
  check(same(run.call(input, side, stride, padding), expected), what.str());
  auto recorded = input.clone().requires_grad_();
  const auto pooled = run.call(recorded, side, stride, padding);
  check(same(pooled.detach(), expected), what.str() + ", recorded");
  const auto gradient = torch::autograd::grad({pooled.nan_to_num().sum()}, {recorded})[0];
  check(gradient.sizes() == input.sizes() && gradient.abs().sum().item<double>() > 0, what.str() + ": its gradient");
}

}  // namespace

void max_pool_tests() {
  for (const int64_t side : {1, 2, 3, 5}) {
    for (const int64_t stride : {1, 2, 3}) {
      for (const int64_t size : {5, 6, 7, 16, 33}) {
        const auto input = uniform({2, 3, size, 38 - size}, -1, 1).to(at::kFloat);
        compare(input, side, stride, side / 2);
        compare(input, side, stride, 0);
      }
    }
  }
  auto hostile = uniform({1, 2, 9, 20}, -1, 1).to(at::kFloat);
  for (const float value : {kNaN, kInf, -kInf}) hostile.view(-1).index_put_({at::randint(0, 360, {20}, at::kLong)}, at::scalar_tensor(value));
  compare(hostile, 3, 2, 1);
  const auto run = reference<MaxPool>("dynamic_rcnn::max_pool");
  const auto lowest = at::full({1, 1, 4, 4}, -kInf);
  check(same(run.call(lowest, 3, 2, 1), at::max_pool2d(lowest, 3, 2, 1)), "max_pool: nothing above negative infinity");
  const auto map = at::zeros({1, 1, 4, 4});
  refused("max_pool: no window", [&] { run.call(map, 0, 1, 0); });
  refused("max_pool: more padding than half a window", [&] { run.call(map, 3, 1, 2); });
  refused("max_pool: a window larger than the map", [&] { run.call(map, 9, 1, 0); });
  refused("max_pool: a negative stride", [&] { run.call(map, 2, -1, 0); });
}

}  // namespace drcnn::tests
