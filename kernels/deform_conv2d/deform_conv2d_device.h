// Deformable convolution where the kernels of deform_blocks.h run, whatever launches them. The matrix products are
// libtorch's: repeatable as cuBLAS is, on one machine and stream, and in the precision that libtorch is set to.
//
// Memory beside inputs and results: a channels-last copy of the map, and the columns of a chunk of images.
#pragma once

#include <ATen/Dispatch.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <c10/core/impl/LocalDispatchKeySet.h>

#include <tuple>

#include "deform_blocks.h"
#include "shape.h"

namespace drcnn {

namespace deform {

constexpr int64_t kChunkColumns = int64_t{512} << 20;  ///< bytes of columns of a chunk; at least one image

inline Sizes sizes_of(const Shape& shape, int64_t images) {
  const auto narrow = [](int64_t value) { return static_cast<int32_t>(value); };
  return {
      narrow(images * shape.positions()), narrow(shape.positions()), narrow(shape.out_w), narrow(shape.pixels()),
      narrow(shape.height), narrow(shape.width), narrow(shape.channels), narrow(shape.taps()), narrow(shape.kernel_w),
      narrow(shape.offset_groups), narrow(shape.offset_group_channels()), narrow(shape.group_channels()),
      narrow(shape.stride_h), narrow(shape.stride_w), narrow(shape.pad_h), narrow(shape.pad_w), narrow(shape.dil_h),
      narrow(shape.dil_w)};
}

/// Images of a chunk. Places and corners of an image are numbered with int32.
inline int64_t chunk_of(const Shape& shape, int64_t value_bytes) {
  const int64_t places = shape.offset_groups * shape.pixels();
  const int64_t corners = 4 * shape.offset_groups * shape.taps() * shape.positions();
  const int64_t largest = std::max(places, corners);
  TORCH_CHECK(
      largest < INT32_MAX && shape.channels < INT32_MAX, "deform_conv2d: an image of ", shape.height, " x ",
      shape.width, " with ", shape.offset_groups, " offset groups is too large for this device.");
  const int64_t bytes = shape.positions() * shape.columns() * value_bytes;
  const int64_t fitting = std::min(kChunkColumns / bytes, (INT32_MAX - 1) / largest);
  return std::min(std::max<int64_t>(fitting, 1), std::max<int64_t>(shape.batch, 1));
}

/// The tensors of a call in the type of the computation, and the chunks that it is done in.
template <typename Device, typename T>
struct Work {
  const Device& device;
  Shape shape;
  at::Tensor map;      ///< [N, H, W, C]
  at::Tensor offset, mask;
  at::Tensor weight;   ///< [G, O/G, K C/G]

  int64_t inner() const { return shape.group_columns(); }

  Fields<T> fields(int64_t first) const {
    const int64_t size = first * shape.offset_groups * shape.taps() * shape.positions();
    return {offset.data_ptr<T>() + 2 * size, mask.defined() ? mask.data_ptr<T>() + size : nullptr};
  }

  const T* image(int64_t first) const { return map.data_ptr<T>() + first * shape.pixels() * shape.channels; }

  /// [G, rows, K C/G] of the images [first, first + images).
  at::Tensor columns(int64_t first, int64_t images) const {
    auto made = at::empty({shape.groups, images * shape.positions(), inner()}, map.options());
    const Sizes sizes = sizes_of(shape, images);
    const GatherColumns<T> gather{sizes, fields(first), image(first), made.template data_ptr<T>()};
    device.launch(gather, parts<int64_t>(sizes.items(), gather.kThreads / kLanes));
    return made;
  }

  /// Offsets' and masks' gradients of the images.
  void fields_from(const at::Tensor& grad_columns, int64_t first, int64_t images, at::Tensor& offsets, at::Tensor& masks) const {
    const Sizes sizes = sizes_of(shape, images);
    const int64_t size = first * shape.offset_groups * shape.taps() * shape.positions();
    const GradientsOfFields<T> find{
        sizes, fields(first), image(first), grad_columns.data_ptr<T>(), offsets.data_ptr<T>() + 2 * size,
        masks.defined() ? masks.data_ptr<T>() + size : nullptr};
    device.launch(find, parts<int64_t>(sizes.items(), find.kThreads / kLanes), find.kSharedBytes);
  }

  /// The map's gradient of the images.
  void map_from(const at::Tensor& grad_columns, int64_t first, int64_t images, at::Tensor& grad_map) const {
    const Sizes sizes = sizes_of(shape, images);
    const auto keys = at::empty({sizes.corners()}, map.options().dtype(at::kInt));
    const auto factors = at::empty({sizes.corners()}, map.options());
    const ListCorners<T> list{sizes, fields(first), keys.template data_ptr<int32_t>(), factors.template data_ptr<T>()};
    device.launch(list, parts<int64_t>(sizes.items(), list.kThreads));
    const auto [sorted, order] = keys.sort(/*stable=*/true, /*dim=*/0, /*descending=*/false);
    const AddCorners<T> add{
        sizes, sorted.template data_ptr<int32_t>(), order.template data_ptr<int64_t>(), factors.template data_ptr<T>(),
        grad_columns.data_ptr<T>(), grad_map.data_ptr<T>() + first * shape.pixels() * shape.channels};
    device.launch(add, parts<int64_t>(add.places(), add.kThreads / kLanes));
  }
};

template <typename T, typename Device>
Work<Device, T> work_of(
    const Device& device, const Shape& shape, const at::Tensor& input, const at::Tensor& weight,
    const at::Tensor& offset, const compat::optional_tensor& mask, at::ScalarType type) {
  return {
      device, shape, input.to(type).permute({0, 2, 3, 1}).contiguous(), offset.to(type).contiguous(),
      mask.has_value() ? mask->to(type).contiguous() : at::Tensor(),
      weight.to(type).permute({0, 2, 3, 1}).reshape({shape.groups, shape.group_outputs(), shape.group_columns()}).contiguous()};
}

inline at::ScalarType computed_in(const at::Tensor& input) {
  return input.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
}

}  // namespace deform

/// As deform_conv2d_cpu, of float16 too; a channels-last input gives a channels-last result.
template <typename Device>
at::Tensor deform_conv2d_on(
    const at::Tensor& input, const at::Tensor& weight, const at::Tensor& offset, const compat::optional_tensor& mask,
    const compat::optional_tensor& bias, int64_t stride_h, int64_t stride_w, int64_t pad_h, int64_t pad_w,
    int64_t dil_h, int64_t dil_w, int64_t groups, int64_t offset_groups) {
  const auto shape = deform::check_arguments(
      input, weight, offset, mask, bias, {stride_h, stride_w, pad_h, pad_w, dil_h, dil_w, groups, offset_groups}, true);
  const Device device(input);
  // The products below are float32's whatever autocast says.
  const c10::impl::ExcludeDispatchKeyGuard below_autocast(c10::autocast_dispatch_keyset);
  const bool last = !input.is_contiguous() && input.is_contiguous(at::MemoryFormat::ChannelsLast);
  auto output = at::empty(
      {shape.batch, shape.out_channels, shape.out_h, shape.out_w}, input.options(),
      last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous);
  const auto type = deform::computed_in(input);
  AT_DISPATCH_FLOATING_TYPES(type, "deform_conv2d", [&] {
    const auto work = deform::work_of<scalar_t>(device, shape, input, weight, offset, mask, type);
    const int64_t chunk = deform::chunk_of(shape, sizeof(scalar_t));
    for (int64_t first = 0; first < shape.batch; first += chunk) {
      const int64_t images = std::min(chunk, shape.batch - first);
      auto sums = at::bmm(work.columns(first, images), work.weight.transpose(1, 2));  // [G, rows, O/G]
      if (bias.has_value()) sums.add_(bias->to(type).view({shape.groups, 1, shape.group_outputs()}));
      output.narrow(0, first, images)
          .copy_(sums.view({shape.groups, images, shape.out_h, shape.out_w, shape.group_outputs()})
                     .permute({1, 0, 4, 2, 3})
                     .reshape({images, shape.out_channels, shape.out_h, shape.out_w}));
    }
  });
  return output;
}

/// As deform_conv2d_backward_cpu, of float16 too.
template <typename Device>
std::tuple<at::Tensor, at::Tensor, at::Tensor, at::Tensor, at::Tensor> deform_conv2d_backward_on(
    const at::Tensor& grad, const at::Tensor& input, const at::Tensor& weight, const at::Tensor& offset,
    const compat::optional_tensor& mask, int64_t stride_h, int64_t stride_w, int64_t pad_h, int64_t pad_w,
    int64_t dil_h, int64_t dil_w, int64_t groups, int64_t offset_groups, bool needs_input, bool needs_weight,
    bool needs_offset, bool needs_bias) {
  const auto shape = deform::check_arguments(
      input, weight, offset, mask, {}, {stride_h, stride_w, pad_h, pad_w, dil_h, dil_w, groups, offset_groups}, true);
  deform::check_map("the output's gradient", grad, shape, shape.out_channels);
  const Device device(input);
  const c10::impl::ExcludeDispatchKeyGuard below_autocast(c10::autocast_dispatch_keyset);
  const auto type = deform::computed_in(input), given = input.scalar_type();
  const auto options = input.options().dtype(type);
  at::Tensor map, columns, offsets, masks, sums;
  if (needs_input) map = at::empty({shape.batch, shape.height, shape.width, shape.channels}, options);
  if (needs_weight) columns = at::zeros({groups, shape.group_outputs(), shape.group_columns()}, options);
  if (needs_offset) offsets = at::empty(offset.sizes(), options);
  if (needs_offset && mask.has_value()) masks = at::empty(mask->sizes(), options);
  if (needs_bias) sums = grad.to(at::kDouble).sum(at::IntArrayRef{0, 2, 3}).to(type);
  AT_DISPATCH_FLOATING_TYPES(type, "_deform_conv2d_backward", [&] {
    const auto work = deform::work_of<scalar_t>(device, shape, input, weight, offset, mask, type);
    const auto outer = grad.to(type).permute({0, 2, 3, 1}).contiguous();  // [N, OH, OW, O]
    const int64_t chunk = deform::chunk_of(shape, 2 * sizeof(scalar_t));
    for (int64_t first = 0; first < shape.batch; first += chunk) {
      const int64_t images = std::min(chunk, shape.batch - first), rows = images * shape.positions();
      const auto rows_of = outer.narrow(0, first, images).view({rows, groups, shape.group_outputs()});
      if (needs_input || needs_offset) {
        const auto grad_columns = at::bmm(rows_of.transpose(0, 1), work.weight);  // [G, rows, K C/G]
        if (needs_offset) work.fields_from(grad_columns, first, images, offsets, masks);
        if (needs_input) work.map_from(grad_columns, first, images, map);
      }
      if (needs_weight) columns.add_(at::bmm(rows_of.permute({1, 2, 0}), work.columns(first, images)));
    }
  });
  if (needs_input) map = map.permute({0, 3, 1, 2});
  if (needs_weight) {
    columns = columns.view({shape.out_channels, shape.kernel_h, shape.kernel_w, weight.size(1)})
                  .permute({0, 3, 1, 2})
                  .contiguous();
  }
  for (at::Tensor* gradient : {&map, &columns, &offsets, &masks, &sums}) {
    if (gradient->defined()) *gradient = gradient->to(given);
  }
  if (needs_input && input.is_contiguous()) map = map.contiguous();
  return {map, columns, offsets, masks, sums};
}

}  // namespace drcnn
