// Operations of all processes on one tensor each.
#include "group.h"

using drcnn::borrow;
using drcnn::guarded;

namespace {

drcnn::Operations& operations(drcnn_dist_group* group) {
  TORCH_CHECK(group->operations, "the group has been left");
  return *group->operations;
}

}  // namespace

int32_t drcnn_dist_all_reduce(drcnn_dist_group* group, drcnn_tensor* tensor) {
  return guarded("all_reduce", [&] {
    std::vector<at::Tensor> tensors{borrow(tensor)};
    drcnn::Operations& all = operations(group);
    all.wait(tensors[0], all.channel_of(tensors[0]).all_reduce(tensors));
  });
}

int32_t drcnn_dist_all_gather(drcnn_dist_group* group, drcnn_tensor* input, drcnn_tensor* output) {
  return guarded("all_gather", [&] {
    const at::Tensor rows = borrow(output);
    TORCH_CHECK(rows.dim() > 0 && rows.size(0) == group->size, "the output has ", rows.sizes(), ", expected a row for each of ",
                group->size, " processes");
    std::vector<at::Tensor> inputs{borrow(input)};
    std::vector<std::vector<at::Tensor>> outputs{rows.unbind(0)};
    drcnn::Operations& all = operations(group);
    all.wait(inputs[0], all.channel_of(inputs[0]).all_gather(outputs, inputs));
  });
}

int32_t drcnn_dist_broadcast(drcnn_dist_group* group, drcnn_tensor* tensor, int32_t root) {
  return guarded("broadcast", [&] {
    std::vector<at::Tensor> tensors{borrow(tensor)};
    drcnn::Operations& all = operations(group);
    all.wait(tensors[0], all.channel_of(tensors[0]).broadcast(tensors, root));
  });
}

int32_t drcnn_dist_barrier(drcnn_dist_group* group) {
  return guarded("barrier", [&] {
    std::vector<at::Tensor> nothing{at::zeros({1})};
    drcnn::Operations& all = operations(group);
    all.wait(nothing[0], all.channel_of(nothing[0]).all_reduce(nothing));
  });
}
