// Deformable convolution where the parts for CUDA run: on a GPU, or on the CPU in the namespace of tests. The matrix products and the sort
// between them are libtorch's: repeatable as cuBLAS is, on one machine and stream, and in the precision that libtorch is set to.
//
// Memory beside inputs and results: a channels-last copy of the map, and the columns of a chunk of images.
#include "../deform_conv2d.h"

#include <c10/core/impl/LocalDispatchKeySet.h>

#include "device.h"

namespace drcnn::deform {
namespace {

constexpr int64_t kChunkColumns = int64_t{512} << 20;  ///< bytes of columns of a chunk; at least one image

/// Some images of a call and their memory; mask undefined: none.
struct Images {
  Shape shape;  ///< with their number as its batch
  at::Tensor map, offset, mask;

  Images of(int64_t first, int64_t images) const {
    Images some{shape, map.narrow(0, first, images), offset.narrow(0, first, images), {}};
    if (mask.defined()) some.mask = mask.narrow(0, first, images);
    some.shape.batch = images;
    return some;
  }
};

Images images_of(
    const Shape& shape, const at::Tensor& input, const at::Tensor& offset, const optional_tensor& mask) {
  return {shape, dense(shape, input.permute({0, 2, 3, 1})), dense(shape, offset), dense(shape, mask)};
}

/// weight [O, C/G, kernel_h, kernel_w] -> [G, O/G, K C/G], the order of the columns.
at::Tensor by_columns(const Shape& shape, const at::Tensor& weight) {
  return dense(shape, weight.permute({0, 2, 3, 1})).view({shape.groups, shape.group_outputs(), shape.group_columns()});
}

/// Calls each(first, images) for chunks whose columns, `copies` of them, fit into memory and which the kernels can number.
template <typename Each>
void by_chunks(const Shape& shape, int64_t copies, const Each& each) {
  const int64_t bytes = copies * shape.positions() * shape.columns() * static_cast<int64_t>(c10::elementSize(computed_in(shape)));
  Shape chunk = shape;
  chunk.batch = std::min(std::max<int64_t>(kChunkColumns / bytes, 1), shape.batch);
  while (chunk.batch > 1 && drcnn_cuda_deform_corner_count(&chunk) < 0) chunk.batch /= 2;
  for (int64_t first = 0; first < shape.batch; first += chunk.batch) each(first, std::min(chunk.batch, shape.batch - first));
}

/// [G, rows, K C/G].
at::Tensor columns_of(const Device& device, const Images& images) {
  const Shape& shape = images.shape;
  auto columns = at::empty({shape.groups, shape.batch * shape.positions(), shape.group_columns()}, images.map.options());
  done_on_device(drcnn_cuda_deform_columns(
      &shape, memory_of(images.map), memory_of(images.offset), memory_of(images.mask), memory_of(columns), device.stream()));
  return columns;
}

void map_gradient(const Device& device, const Images& images, const at::Tensor& grad_columns, const at::Tensor& grad_map) {
  const int64_t corners = drcnn_cuda_deform_corner_count(&images.shape);
  TORCH_CHECK(corners >= 0, drcnn_cuda_error());
  const auto pixels = at::empty({corners}, images.map.options().dtype(at::kInt)), factors = at::empty({corners}, images.map.options());
  done_on_device(drcnn_cuda_deform_corners(
      &images.shape, memory_of(images.offset), memory_of(images.mask), pixels.data_ptr<int32_t>(), memory_of(factors),
      device.stream()));
  const auto [sorted, order] = pixels.sort(/*stable=*/true, /*dim=*/0, /*descending=*/false);
  done_on_device(drcnn_cuda_deform_input_gradient(
      &images.shape, sorted.template data_ptr<int32_t>(), order.template data_ptr<int64_t>(), memory_of(factors),
      memory_of(grad_columns), memory_of(grad_map), device.stream()));
}

/// As the CPU's, of float16 too; a channels-last input gives a channels-last result.
at::Tensor forward(
    const at::Tensor& input, const at::Tensor& weight, const at::Tensor& offset, const optional_tensor& mask,
    const optional_tensor& bias, int64_t stride_h, int64_t stride_w, int64_t pad_h, int64_t pad_w, int64_t dil_h, int64_t dil_w,
    int64_t groups, int64_t offset_groups) {
  const auto shape = check_arguments(
      input, weight, offset, mask, bias, {stride_h, stride_w, pad_h, pad_w, dil_h, dil_w, groups, offset_groups}, true);
  const Device device(input);
  // The products below are float32's whatever autocast says.
  const c10::impl::ExcludeDispatchKeyGuard below_autocast(c10::autocast_dispatch_keyset);
  const bool last = !input.is_contiguous() && input.is_contiguous(at::MemoryFormat::ChannelsLast);
  const auto output = at::empty(
      {shape.batch, shape.outputs, shape.out_h, shape.out_w}, input.options(),
      last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous);
  const auto all = images_of(shape, input, offset, mask);
  const auto taps = by_columns(shape, weight);
  const auto start = dense(shape, bias);
  by_chunks(shape, 1, [&](int64_t first, int64_t images) {
    auto sums = at::bmm(columns_of(device, all.of(first, images)), taps.transpose(1, 2));  // [G, rows, O/G]
    if (start.defined()) sums.add_(start.view({groups, 1, shape.group_outputs()}));
    output.narrow(0, first, images)
        .copy_(sums.view({groups, images, shape.out_h, shape.out_w, shape.group_outputs()})
                   .permute({1, 0, 4, 2, 3})
                   .reshape({images, shape.outputs, shape.out_h, shape.out_w}));
  });
  return output;
}

/// As the CPU's, of float16 too.
Gradients backward(
    const at::Tensor& grad, const at::Tensor& input, const at::Tensor& weight, const at::Tensor& offset,
    const optional_tensor& mask, int64_t stride_h, int64_t stride_w, int64_t pad_h, int64_t pad_w, int64_t dil_h, int64_t dil_w,
    int64_t groups, int64_t offset_groups, bool needs_input, bool needs_weight, bool needs_offset, bool needs_bias) {
  const auto shape = check_arguments(
      input, weight, offset, mask, {}, {stride_h, stride_w, pad_h, pad_w, dil_h, dil_w, groups, offset_groups}, true);
  check_map("the output's gradient", grad, shape, shape.outputs);
  const Device device(input);
  const c10::impl::ExcludeDispatchKeyGuard below_autocast(c10::autocast_dispatch_keyset);
  const auto all = images_of(shape, input, offset, mask);
  const auto taps = by_columns(shape, weight);
  const auto outer = dense(shape, grad.permute({0, 2, 3, 1}));  // [N, OH, OW, O]
  const auto options = all.map.options();
  at::Tensor map, columns, offsets, masks, sums;
  if (needs_input) map = at::empty(all.map.sizes(), options);
  if (needs_weight) columns = at::zeros(taps.sizes(), options);
  if (needs_offset) offsets = at::empty(offset.sizes(), options);
  if (needs_offset && mask.has_value()) masks = at::empty(mask->sizes(), options);
  if (needs_bias) sums = grad.to(at::kDouble).sum(at::IntArrayRef{0, 2, 3}).to(computed_in(shape));
  by_chunks(shape, 2, [&](int64_t first, int64_t images) {
    const auto some = all.of(first, images);
    const auto part = [&](const at::Tensor& tensor) { return tensor.defined() ? tensor.narrow(0, first, images) : tensor; };
    const auto rows = part(outer).view({images * shape.positions(), groups, shape.group_outputs()});
    if (needs_input || needs_offset) {
      const auto grad_columns = at::bmm(rows.transpose(0, 1), taps);  // [G, rows, K C/G]
      if (needs_offset) {
        done_on_device(drcnn_cuda_deform_offset_gradient(
            &some.shape, memory_of(some.map), memory_of(some.offset), memory_of(some.mask), memory_of(grad_columns),
            memory_of(part(offsets)), memory_of(part(masks)), device.stream()));
      }
      if (needs_input) map_gradient(device, some, grad_columns, part(map));
    }
    if (needs_weight) columns.add_(at::bmm(rows.permute({1, 2, 0}), columns_of(device, some)));
  });
  if (needs_input) map = map.permute({0, 3, 1, 2});
  if (needs_input && input.is_contiguous()) map = map.contiguous();
  if (needs_weight) {
    columns = columns.view({shape.outputs, shape.kernel_h, shape.kernel_w, shape.group_channels()}).permute({0, 3, 1, 2}).contiguous();
  }
  for (at::Tensor* gradient : {&map, &columns, &offsets, &masks, &sums}) {
    if (gradient->defined()) *gradient = gradient->to(input.scalar_type());
  }
  return {map, columns, offsets, masks, sums};
}

}  // namespace
}  // namespace drcnn::deform

DRCNN_DEVICE_LIBRARY(m) {
  drcnn::add_to(m, "deform_conv2d", drcnn::deform::forward);
  drcnn::add_to(m, "_deform_conv2d_backward", drcnn::deform::backward);
}
