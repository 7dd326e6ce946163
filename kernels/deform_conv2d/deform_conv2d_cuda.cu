// Deformable convolution on CUDA: what lies around its matrix products, see deform_conv2d.cuh.
#include "../common/types.h"
#include "deform_conv2d.cuh"
#include "shape.h"

namespace drcnn::deform {
namespace {

/// The sizes of the call's images; they are numbered with int32, and so is all that is counted by them.
Sizes sizes_of(const Shape& shape) {
  const auto fits = [](int64_t count, int64_t batch) { return is_count(count, std::max<int64_t>(batch, 1)); };
  DRCNN_CHECK(
      is_count(shape.samples(), 4) && is_count(4 * shape.samples(), shape.positions()) &&
          fits(4 * shape.samples() * shape.positions(), shape.batch) && is_count(shape.offset_groups, shape.pixels()) &&
          fits(shape.offset_groups * shape.pixels(), shape.batch) && shape.height + 2 * shape.pad_h <= INT32_MAX &&
          shape.width + 2 * shape.pad_w <= INT32_MAX,
      "deform_conv2d: ", shape.batch, " images of ", shape.height, " x ", shape.width, " with ", shape.offset_groups,
      " offset groups are too large for this device.");
  const auto narrow = [](int64_t value) { return static_cast<int32_t>(value); };
  return {
      narrow(shape.batch * shape.positions()), narrow(shape.positions()), narrow(shape.out_w), narrow(shape.pixels()),
      narrow(shape.height), narrow(shape.width), narrow(shape.channels), narrow(shape.taps()), narrow(shape.kernel_w),
      narrow(shape.offset_groups), narrow(shape.offset_group_channels()), narrow(shape.group_channels()),
      narrow(shape.stride_h), narrow(shape.stride_w), narrow(shape.pad_h), narrow(shape.pad_w), narrow(shape.dil_h),
      narrow(shape.dil_w)};
}

/// body(the sizes, a number of the call's type), after all checks.
template <typename Body>
int32_t on_device(const drcnn_deform_conv2d* call, const Body& body) {
  return guarded([&] {
    const Sizes sizes = sizes_of(shape_of(*call));
    by_type<float, double>("deform_conv2d: type", call->type, [&](auto number) { body(sizes, number); });
  });
}

template <typename T>
Fields<T> fields_of(const void* offset, const void* mask) {
  return {static_cast<const T*>(offset), static_cast<const T*>(mask)};
}

}  // namespace
}  // namespace drcnn::deform

int32_t drcnn_cuda_deform_columns(
    const drcnn_deform_conv2d* call, const void* map, const void* offset, const void* mask, void* columns, void* stream) {
  using namespace drcnn::deform;
  return on_device(call, [&](const Sizes& sizes, auto number) {
    using T = decltype(number);
    drcnn::launch(
        gather_columns<T>, {drcnn::ceil_div<int64_t>(sizes.items(), kItems), kThreads, stream}, sizes, fields_of<T>(offset, mask),
        static_cast<const T*>(map), static_cast<T*>(columns));
  });
}

int32_t drcnn_cuda_deform_offset_gradient(
    const drcnn_deform_conv2d* call, const void* map, const void* offset, const void* mask, const void* grad_columns,
    void* grad_offset, void* grad_mask, void* stream) {
  using namespace drcnn::deform;
  return on_device(call, [&](const Sizes& sizes, auto number) {
    using T = decltype(number);
    check_masks(mask, grad_mask);
    drcnn::launch(
        offset_gradients<T>, {drcnn::ceil_div<int64_t>(sizes.items(), kItems), kThreads, stream}, sizes, fields_of<T>(offset, mask),
        static_cast<const T*>(map), static_cast<const T*>(grad_columns), static_cast<T*>(grad_offset), static_cast<T*>(grad_mask));
  });
}

int64_t drcnn_cuda_deform_corner_count(const drcnn_deform_conv2d* call) {
  using namespace drcnn::deform;
  int64_t count = -1;
  on_device(call, [&](const Sizes& sizes, auto) { count = sizes.corners(); });
  return count;
}

int32_t drcnn_cuda_deform_corners(
    const drcnn_deform_conv2d* call, const void* offset, const void* mask, int32_t* pixels, void* factors, void* stream) {
  using namespace drcnn::deform;
  return on_device(call, [&](const Sizes& sizes, auto number) {
    using T = decltype(number);
    drcnn::launch(
        list_corners<T>, {drcnn::ceil_div<int64_t>(sizes.items(), kThreads), kThreads, stream}, sizes, fields_of<T>(offset, mask),
        pixels, static_cast<T*>(factors));
  });
}

int32_t drcnn_cuda_deform_input_gradient(
    const drcnn_deform_conv2d* call, const int32_t* sorted_pixels, const int64_t* corners, const void* factors,
    const void* grad_columns, void* grad_map, void* stream) {
  using namespace drcnn::deform;
  return on_device(call, [&](const Sizes& sizes, auto number) {
    using T = decltype(number);
    drcnn::launch(
        add_corners<T>, {drcnn::ceil_div<int64_t>(sizes.places(), kItems), kThreads, stream}, sizes, sorted_pixels, corners,
        static_cast<const T*>(factors), static_cast<const T*>(grad_columns), static_cast<T*>(grad_map));
  });
}
