// Operations of all processes on one tensor each.
#include "group.h"

using drcnn::borrow;
using drcnn::guarded;

namespace {

c10d::ProcessGroupGloo& operations(drcnn_dist_group* group) {
  TORCH_CHECK(group->gloo, "the group has been left");
  return *group->gloo;
}

}  // namespace

int32_t drcnn_dist_all_reduce(drcnn_dist_group* group, drcnn_tensor* tensor) {
  return guarded("all_reduce", [&] {
    std::vector<at::Tensor> tensors{borrow(tensor)};
    operations(group).allreduce(tensors)->wait();
  });
}

int32_t drcnn_dist_all_gather(drcnn_dist_group* group, drcnn_tensor* input, drcnn_tensor* output) {
  return guarded("all_gather", [&] {
    const at::Tensor rows = borrow(output);
    TORCH_CHECK(rows.dim() > 0 && rows.size(0) == group->size, "the output has ", rows.sizes(), ", expected a row for each of ",
                group->size, " processes");
    std::vector<at::Tensor> inputs{borrow(input)};
    std::vector<std::vector<at::Tensor>> outputs{rows.unbind(0)};
    operations(group).allgather(outputs, inputs)->wait();
  });
}

int32_t drcnn_dist_broadcast(drcnn_dist_group* group, drcnn_tensor* tensor, int32_t root) {
  return guarded("broadcast", [&] {
    std::vector<at::Tensor> tensors{borrow(tensor)};
    c10d::BroadcastOptions options;
    options.rootRank = root;
    operations(group).broadcast(tensors, options)->wait();
  });
}

int32_t drcnn_dist_barrier(drcnn_dist_group* group) {
  return guarded("barrier", [&] { operations(group).barrier()->wait(); });
}
