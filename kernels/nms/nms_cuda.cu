// NMS on CUDA; see nms.cuh.
#include "../common/types.h"
#include "nms.cuh"

namespace drcnn::nms {
namespace {

/// body(a number of the type of boxes), after all checks.
template <typename Body>
void checked(const drcnn_nms& call, const Body& body) {
  check_nms_arguments(call);
  DRCNN_CHECK(call.boxes <= kMostBoxes, "nms: boxes must have at most ", kMostBoxes, " rows, got ", call.boxes);
  by_type<float, double, Float16>("nms: the type of boxes", call.type, body);
}

}  // namespace
}  // namespace drcnn::nms

int64_t drcnn_cuda_nms_keep_scratch(const drcnn_nms* call) {
  int64_t bytes = -1;
  drcnn::guarded([&] {
    drcnn::nms::checked(*call, [&](auto number) {
      using Scratch = drcnn::nms::Scratch<drcnn::computed<decltype(number)>>;
      bytes = Scratch::bytes(call->places, drcnn::nms::window_of(call->places));
    });
  });
  return bytes;
}

int32_t drcnn_cuda_nms_keep(
    const drcnn_nms* call, const void* boxes, const int64_t* order, const int64_t* groups, uint8_t* keep, void* scratch, void* stream) {
  return drcnn::guarded([&] {
    drcnn::nms::checked(*call, [&](auto number) {
      const auto* values = static_cast<const decltype(number)*>(boxes);
      drcnn::nms::keep_on(stream, *call, values, order, groups, keep, scratch, drcnn::nms::window_of(call->places));
    });
  });
}
