// Gradients summed over the processes in flat buckets, while backward still computes the others.
#include <ATen/record_function.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>
#include <memory>
#include <mutex>
#include "group.h"

using drcnn::borrow;
using drcnn::guarded;
using torch::autograd::variable_list;

// Named: the buckets, which have a name of the C interface, hold a State.
namespace drcnn::gradients {

struct Place {
  size_t bucket;
  int64_t offset;
};

struct Bucket {
  std::vector<at::Tensor> flat;  // one tensor: what c10d takes is a list
  size_t leaves = 0;
  size_t missing = 0;
  drcnn::Work work;
};

// Called behind the node that has put a leaf's gradient in place.
struct Arrival : torch::autograd::FunctionPostHook {
  explicit Arrival(std::function<void()> told) : told_(std::move(told)) {}
  variable_list operator()(const variable_list& outputs, const variable_list&) override {
    told_();
    return outputs;
  }

 private:
  std::function<void()> told_;
};

// Hooks outlive the buckets: they belong to the graph's nodes. They find nothing to do then.
struct State {
  std::shared_ptr<drcnn::Operations> operations;
  std::vector<at::Tensor> leaves;
  std::vector<Place> places;
  std::vector<bool> arrived;
  std::vector<Bucket> buckets;
  size_t next = 0;  // buckets leave in one order on all processes
  bool armed = false;
  std::mutex lock;  // on a GPU backward runs on threads of its own

  at::Tensor slot(size_t leaf) const {
    const Place& place = places[leaf];
    return buckets[place.bucket].flat[0].narrow(0, place.offset, leaves[leaf].numel()).view(leaves[leaf].sizes());
  }

  void take(size_t leaf) {
    at::NoGradGuard unrecorded;
    const at::Tensor gradient = leaves[leaf].grad();
    if (gradient.defined()) {
      slot(leaf).copy_(gradient);
    } else {
      slot(leaf).zero_();
    }
    arrived[leaf] = true;
    buckets[places[leaf].bucket].missing--;
  }

  void send_complete() {
    for (; next < buckets.size() && buckets[next].missing == 0; next++) {
      std::vector<at::Tensor>& flat = buckets[next].flat;
      RECORD_FUNCTION("drcnn::all_reduce", std::vector<c10::IValue>{flat[0]});  // for who observes the step
      buckets[next].work = operations->channel_of(flat[0]).all_reduce(flat);
    }
  }

  void arrive(size_t leaf) {
    const std::lock_guard<std::mutex> guard(lock);
    if (!armed || arrived[leaf]) return;
    take(leaf);
    send_complete();
  }
};

}  // namespace drcnn::gradients

using namespace drcnn::gradients;

struct drcnn_dist_buckets {
  std::shared_ptr<State> state = std::make_shared<State>();
  std::vector<std::shared_ptr<torch::autograd::Node>> nodes;  // a leaf holds its node weakly: without this the hook would be lost
};

int32_t drcnn_dist_buckets_make(drcnn_dist_group* group, drcnn_tensor** leaves, int32_t count, int64_t first_bytes, int64_t bytes,
                                drcnn_dist_buckets** out) {
  return guarded("buckets", [&] {
    auto made = std::make_unique<drcnn_dist_buckets>();
    State& state = *made->state;
    state.operations = group->operations;
    for (int32_t i = 0; i < count; i++) state.leaves.push_back(borrow(leaves[i]));
    state.places.resize(count);
    state.arrived.resize(count);
    std::vector<int64_t> sizes;
    for (int32_t i = count - 1; i >= 0; i--) {
      const at::Tensor& leaf = state.leaves[i];
      TORCH_CHECK(leaf.scalar_type() == state.leaves[0].scalar_type(), "the leaves have several types");
      const int64_t limit = (sizes.size() <= 1 ? first_bytes : bytes) / leaf.element_size();
      if (sizes.empty() || (sizes.back() > 0 && sizes.back() + leaf.numel() > limit)) {
        sizes.push_back(0);
        state.buckets.emplace_back();
      }
      state.places[i] = {sizes.size() - 1, sizes.back()};
      state.buckets.back().leaves++;
      sizes.back() += leaf.numel();
    }
    for (size_t i = 0; i < sizes.size(); i++) state.buckets[i].flat = {at::zeros({sizes[i]}, state.leaves[0].options().requires_grad(false))};
    for (int32_t i = 0; i < count; i++) {
      auto node = torch::autograd::impl::grad_accumulator(state.leaves[i]);
      const std::weak_ptr<State> told = made->state;
      node->add_post_hook(std::make_unique<Arrival>([told, i] {
        if (const auto alive = told.lock()) alive->arrive(i);
      }));
      made->nodes.push_back(std::move(node));
    }
    *out = made.release();
  });
}

int32_t drcnn_dist_buckets_arm(drcnn_dist_buckets* buckets) {
  return guarded("buckets", [&] {
    State& state = *buckets->state;
    const std::lock_guard<std::mutex> guard(state.lock);
    state.arrived.assign(state.leaves.size(), false);
    for (Bucket& bucket : state.buckets) bucket.missing = bucket.leaves;
    state.next = 0;
    state.armed = true;
  });
}

int32_t drcnn_dist_buckets_finish(drcnn_dist_buckets* buckets) {
  return guarded("buckets", [&] {
    State& state = *buckets->state;
    const std::lock_guard<std::mutex> guard(state.lock);
    TORCH_CHECK(state.armed, "the step was not announced");
    state.armed = false;
    for (size_t leaf = 0; leaf < state.leaves.size(); leaf++) {
      if (!state.arrived[leaf]) state.take(leaf);
    }
    state.send_complete();
    for (Bucket& bucket : state.buckets) {
      state.operations->wait(bucket.flat[0], bucket.work);
      bucket.work.reset();
    }
    for (size_t leaf = 0; leaf < state.leaves.size(); leaf++) state.leaves[leaf].mutable_grad() = state.slot(leaf);
  });
}

void drcnn_dist_buckets_free(drcnn_dist_buckets* buckets) { delete buckets; }
