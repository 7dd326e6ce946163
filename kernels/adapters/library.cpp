// The schemas of the operators, namespace dynamic_rcnn; the files beside this one register the CPU's, those of device/ a GPU's.
// Letters: N images, C channels, H x W map, R RoIs, B boxes; O output channels, K taps, G groups, D offset groups of a convolution.
#include <torch/library.h>

TORCH_LIBRARY(dynamic_rcnn, m) {
  // [N, C, H, W], [R, 5] = (image index, x1, y1, x2, y2) -> [R, C, pooled_height, pooled_width]
  m.def(
      "roi_align(Tensor input, Tensor rois, float spatial_scale, int pooled_height, int pooled_width, "
      "int sampling_ratio=0, bool aligned=True) -> Tensor");
  // Writes the RoIs of no negative index into pooled, [R, C, pooled_height, pooled_width], and leaves the other rows as they are.
  m.def(
      "_roi_align_into(Tensor(a!) pooled, Tensor input, Tensor rois, float spatial_scale, int sampling_ratio, bool aligned) -> "
      "()");
  // [R, C, pooled_height, pooled_width], [R, 5] -> [batch, channels, height, width]
  m.def(
      "_roi_align_backward(Tensor grad, Tensor rois, float spatial_scale, int pooled_height, int pooled_width, "
      "int batch, int channels, int height, int width, int sampling_ratio, bool aligned, bool channels_last=False) -> "
      "Tensor");
  // [N, C, H, W], [O, C, k, k], [O], as the output, [O] -> [N, O, ceil(H / stride), ceil(W / stride)]
  m.def(
      "convolution(Tensor input, Tensor weight, Tensor? bias=None, Tensor? residual=None, int stride=1, "
      "bool relu=False, Tensor? scale=None) -> Tensor");
  // As the output, then as above -> the gradients of input, weight, bias
  m.def(
      "_convolution_backward(Tensor grad, Tensor input, Tensor weight, int stride, bool needs_input, bool needs_weight, "
      "bool needs_bias) -> (Tensor, Tensor, Tensor)");
  // [R, I], [O, I], [O] -> [R, O]
  m.def("linear(Tensor input, Tensor weight, Tensor? bias=None) -> Tensor");
  // [N, C, H, W], [O, C/G, kernel_h, kernel_w], [N, 2 D K, OH, OW] as (y, x), [N, D K, OH, OW], [O] -> [N, O, OH, OW]
  m.def(
      "deform_conv2d(Tensor input, Tensor weight, Tensor offset, Tensor? mask, Tensor? bias, int stride_h=1, "
      "int stride_w=1, int pad_h=0, int pad_w=0, int dil_h=1, int dil_w=1, int groups=1, int offset_groups=1) -> "
      "Tensor");
  // [N, O, OH, OW], then as above -> the gradients of input, weight, offset, mask, bias
  m.def(
      "_deform_conv2d_backward(Tensor grad, Tensor input, Tensor weight, Tensor offset, Tensor? mask, int stride_h, "
      "int stride_w, int pad_h, int pad_w, int dil_h, int dil_w, int groups, int offset_groups, bool needs_input, "
      "bool needs_weight, bool needs_offset, bool needs_bias) -> (Tensor, Tensor, Tensor, Tensor, Tensor)");
  // [B, 4], [B] -> int64 [kept], by descending score
  m.def(
      "nms(Tensor boxes, Tensor scores, float iou_threshold, float offset=0.0, bool suppress_equal=False) -> Tensor");
  // [B, 4], [B], int64 [B] -> int64 [kept], by descending score
  m.def(
      "batched_nms(Tensor boxes, Tensor scores, Tensor groups, float iou_threshold, float offset=0.0, "
      "bool suppress_equal=False) -> Tensor");
  // [B, 4], [B], int64 [B] -> bool [B]
  m.def(
      "nms_keep(Tensor boxes, Tensor scores, Tensor groups, float iou_threshold, float offset=0.0, "
      "bool suppress_equal=False) -> Tensor");
  // int64 [N] -> int64 [N, count]
  m.def("random_keys(Tensor image_ids, int seed, int iteration, int purpose, int count) -> Tensor");
}
