// The schemas of the operators, namespace dynamic_rcnn. Each operator's folder registers its own kernels, one file a
// backend. Letters: N images, C channels, H x W map, R RoIs, B boxes.
#include <torch/library.h>

TORCH_LIBRARY(dynamic_rcnn, m) {
  // [N, C, H, W], [R, 5] = (image index, x1, y1, x2, y2) -> [R, C, pooled_height, pooled_width]
  m.def(
      "roi_align(Tensor input, Tensor rois, float spatial_scale, int pooled_height, int pooled_width, "
      "int sampling_ratio=0, bool aligned=True) -> Tensor");
  // [R, C, pooled_height, pooled_width], [R, 5] -> [batch, channels, height, width]
  m.def(
      "_roi_align_backward(Tensor grad, Tensor rois, float spatial_scale, int pooled_height, int pooled_width, "
      "int batch, int channels, int height, int width, int sampling_ratio, bool aligned) -> Tensor");
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
