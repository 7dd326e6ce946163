/* The detector's kernels on plain memory: pointers, sizes and numbers, no header and no version of libtorch.
 *
 * Memory is the caller's, results included; rows follow each other without gaps unless said otherwise, and results hold whatever before.
 * A function returns 0, or -1 with a sentence in drcnn_kernels_error() and its results unspecified. NULL stands for an argument that is
 * not there only where that is said. Results do not depend on the number of threads.
 *
 * Letters: N images, C channels, O output channels, H x W map, R RoIs, B boxes, K taps of a kernel, D offset groups, G groups. */
#ifndef DRCNN_KERNELS_H
#define DRCNN_KERNELS_H
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#define DRCNN_KERNELS_API __attribute__((visibility("default")))

/* Changes with any change of what stands here: a host asks before it calls anything else. */
#define DRCNN_KERNELS_VERSION 3
DRCNN_KERNELS_API int32_t drcnn_kernels_version(void);

/* Of the calling thread's last failure; valid until its next one. */
DRCNN_KERNELS_API const char* drcnn_kernels_error(void);

/* Of numbers in memory, with libtorch's numbers for them. float16 only on CUDA. */
typedef enum drcnn_type { drcnn_float16 = 5, drcnn_float32 = 6, drcnn_float64 = 7, drcnn_bfloat16 = 15 } drcnn_type;

/* --- threads and instruction sets -------------------------------------------------------------------------------------------------- */

/* body(begin, end, context) over parts of [begin, end), in this call, on any threads; inside another parallel region on the caller's
   alone. Nothing may be thrown. This and the next are libtorch's torch_parallel_for and torch_get_num_threads, for instance. */
typedef int32_t (*drcnn_parallel_for)(
    int64_t begin, int64_t end, int64_t grain, void (*body)(int64_t, int64_t, void*), void* context);
typedef int32_t (*drcnn_thread_count)(uint32_t* count);

/* The host's threads; until it is called, and with NULLs, everything runs on the calling thread. Not while a kernel runs. */
DRCNN_KERNELS_API void drcnn_kernels_use_threads(drcnn_parallel_for parallel_for, drcnn_thread_count thread_count);

/* "plain", "avx2" or "avx512": what the processor has, or what DRCNN_CPU_ISA named when the first kernel ran. NULL where that variable
   names none of them, or one that the processor lacks; every kernel then fails with the same sentence. */
DRCNN_KERNELS_API const char* drcnn_kernels_isa(void);

/* "amx", "avx512_bf16" or "float32": what multiplies numbers of bfloat16. DRCNN_CPU_ISA=avx512_bf16 is avx512 without AMX. NULL as above. */
DRCNN_KERNELS_API const char* drcnn_kernels_bf16(void);

/* --- TorchSharp's numbers -------------------------------------------------------------------------------------------------------------- */

/* What frees a number in the end: LibTorchSharp's THSTorch_dispose_scalar. Before any call of the one below. */
DRCNN_KERNELS_API void drcnn_late_scalars_use(void (*dispose)(void*));
/* How many numbers wait to be freed. */
DRCNN_KERNELS_API int64_t drcnn_late_scalars_waiting(void);
/* Frees a number of TorchSharp's after five seconds, at the next call then. */
DRCNN_KERNELS_API void THSTorch_dispose_scalar(void* scalar);

/* --- RoIAlign (He et al., Mask R-CNN, 2017, section 3) ------------------------------------------------------------------------------ */

typedef struct drcnn_roi_align {
  int64_t batch, channels, height, width; /* of the map */
  int64_t rois, pooled_height, pooled_width;
  int64_t sampling_ratio; /* samples per axis of a bin; 0 or less: as many as the bin is wide, rounded up */
  double spatial_scale;   /* map pixels per image pixel */
  int32_t type;           /* of map, pooled and their gradients: float32, float64 or bfloat16 (computed in float32) */
  int32_t aligned;        /* 1: shifted by half a pixel; 0: legacy, no shift, sides of at least one map pixel */
  int32_t channels_last;  /* the map, or its gradient, is [N, H, W, C] in memory (a CPU's gradient: never) */
  int32_t keep_padding;   /* pooled rows of a negative image index stay as they are instead of becoming 0 */
} drcnn_roi_align;

/* map [N, C, H, W], rois [R, 5] = (image index, x1, y1, x2, y2) in image pixels, float64 with a float64 map, float32 otherwise
   -> pooled [R, C, pooled_height, pooled_width]. A negative index is a padding row; NaN or N and more is an error. */
DRCNN_KERNELS_API int32_t
drcnn_roi_align_forward(const drcnn_roi_align* call, const void* map, const void* rois, void* pooled);
/* grad [R, C, pooled_height, pooled_width], rois -> grad_map [N, C, H, W], all of it written. */
DRCNN_KERNELS_API int32_t
drcnn_roi_align_backward(const drcnn_roi_align* call, const void* grad, const void* rois, void* grad_map);

/* --- non-maximum suppression -------------------------------------------------------------------------------------------------------- */

typedef struct drcnn_nms {
  int64_t boxes;          /* B */
  int64_t places;         /* how many rows of boxes `order` lists */
  double iou_threshold;   /* a box is suppressed above it */
  double offset;          /* added to sides: 0, or 1 where pixels are counted */
  int32_t type;           /* of boxes: float32 or float64 */
  int32_t suppress_equal; /* 1: also where the IoU equals the threshold */
} drcnn_nms;

/* boxes [B, 4] = (x1, y1, x2, y2); order [places]: rows of boxes, by group and in a group by descending score; groups [places]: of each
   place of order, ascending (NULL: one group). Boxes of different groups do not see each other -> keep [B]: 1 where a listed box is
   kept, 0 elsewhere. */
DRCNN_KERNELS_API int32_t drcnn_nms_keep(
    const drcnn_nms* call, const void* boxes, const int64_t* order, const int64_t* groups, uint8_t* keep);

/* --- the assigner: boxes and ground truths that overlap most ------------------------------------------------------------------------- */

typedef struct drcnn_assign {
  int64_t images;       /* N */
  int64_t truths;       /* G, rows of ground truth an image, at least 1 */
  int64_t boxes;        /* B, rows of boxes an image */
  double offset;        /* added to sides: 0, or 1 where pixels are counted */
  int32_t type;         /* of boxes and ground truth: float32 or float64 */
  int32_t shared_boxes; /* 1: all images have the same boxes, which are there once */
} drcnn_assign;

/* boxes [N or 1, B, 4] and truth [N, G, 4] = (x1, y1, x2, y2) -> iou [N, B]: each box's largest IoU with a ground truth of its image;
   matched [N, B]: the first one that has it; truth_iou [N, G]: each ground truth's largest IoU with a box, 0 without boxes. A NaN counts as
   larger than every number. The IoU is intersection / max(union, 1e-6). */
DRCNN_KERNELS_API int32_t drcnn_assign_best(
    const drcnn_assign* call, const void* boxes, const void* truth, void* iou, int64_t* matched, void* truth_iou);
/* levels [N, G] -> last [N, B]: the last ground truth whose IoU with the box equals its own level; -1: none. */
DRCNN_KERNELS_API int32_t
drcnn_assign_last(const drcnn_assign* call, const void* boxes, const void* truth, const void* levels, int64_t* last);

/* --- random sort keys --------------------------------------------------------------------------------------------------------------- */

/* image_ids [N], iteration [1] -> keys [N, count], a pure function of all arguments: sorting a row by them is a random permutation.
   0 <= iteration < 2^32, 0 <= purpose <= 255, 0 <= count <= 2^26. */
DRCNN_KERNELS_API int32_t drcnn_random_keys(
    const int64_t* image_ids, int64_t images, int64_t seed, const int64_t* iteration, int64_t purpose, int64_t count,
    int64_t* keys);

/* --- convolution -------------------------------------------------------------------------------------------------------------------- */

/* Square odd kernel, padded by half of it: the output is ceil(H / stride) x ceil(W / stride). float64 by the plain loop alone. Under bfloat16
   maps and their gradients are bfloat16, weight, scale, bias and their gradients float32; weights are rounded, sums are not. */
typedef struct drcnn_convolution {
  int64_t batch, channels, outputs, height, width; /* height and width of the input */
  int64_t kernel, stride;
  int32_t type; /* of everything: float32 or float64; or bfloat16 */
  int32_t relu; /* 1: negative outputs become 0 */
} drcnn_convolution;

/* input [N, C, H, W], weight [O, C, kernel, kernel], scale [O] of the sums (NULL: 1), bias [O] (NULL: 0), residual as the output
   (NULL: 0) -> output [N, O, H', W'] = relu(sums * scale + bias + residual). */
DRCNN_KERNELS_API int32_t drcnn_convolution_forward(
    const drcnn_convolution* call, const void* input, const void* weight, const void* scale, const void* bias,
    const void* residual, void* output);
/* grad [N, O, H', W'], of the sums, weight -> grad_input [N, C, H, W]. */
DRCNN_KERNELS_API int32_t drcnn_convolution_input_gradient(
    const drcnn_convolution* call, const void* grad, const void* weight, void* grad_input);
/* input, grad -> grad_weight [O, C, kernel, kernel]. */
DRCNN_KERNELS_API int32_t drcnn_convolution_weight_gradient(
    const drcnn_convolution* call, const void* input, const void* grad, void* grad_weight);
/* grad -> grad_bias [O]. */
DRCNN_KERNELS_API int32_t
drcnn_convolution_bias_gradient(const drcnn_convolution* call, const void* grad, void* grad_bias);
/* grad and output [N, O, H', W'] -> grad_sums: grad where the output is above 0, 0 elsewhere. May be grad itself. */
DRCNN_KERNELS_API int32_t drcnn_convolution_relu_gradient(
    const drcnn_convolution* call, const void* grad, const void* output, void* grad_sums);

/* --- linear layer --------------------------------------------------------------------------------------------------------------------- */

/* Of bfloat16 as a convolution: rows and their gradients are, weight, bias and their gradients are float32. */
typedef struct drcnn_linear {
  int64_t rows, inputs, outputs; /* fewer than 2^20 inputs */
  int32_t type;                  /* float32 or bfloat16 */
} drcnn_linear;

/* input [rows, inputs], weight [outputs, inputs], bias [outputs] (NULL: 0) -> output [rows, outputs] = input weight^T + bias. */
DRCNN_KERNELS_API int32_t drcnn_linear_forward(
    const drcnn_linear* call, const void* input, const float* weight, const float* bias, void* output);
/* grad [rows, outputs], weight -> grad_input [rows, inputs]. */
DRCNN_KERNELS_API int32_t
drcnn_linear_input_gradient(const drcnn_linear* call, const void* grad, const float* weight, void* grad_input);
/* input, grad -> grad_weight [outputs, inputs]. */
DRCNN_KERNELS_API int32_t
drcnn_linear_weight_gradient(const drcnn_linear* call, const void* input, const void* grad, float* grad_weight);

/* --- modulated deformable convolution (Zhu et al., Deformable ConvNets v2, 2018) ------------------------------------------------------ */

typedef struct drcnn_deform_conv2d {
  int64_t batch, channels, outputs, height, width; /* height and width of the input */
  int64_t kernel_h, kernel_w, stride_h, stride_w, pad_h, pad_w, dil_h, dil_w;
  int64_t groups, offset_groups;
  int32_t type; /* of everything: float32 or float64 */
} drcnn_deform_conv2d;

/* input [N, C, H, W], weight [O, C/G, kernel_h, kernel_w], offset [N, 2 D K, H', W'] as (y, x), mask [N, D K, H', W'] (NULL: 1),
   bias [O] (NULL: 0) -> output [N, O, H', W']. */
DRCNN_KERNELS_API int32_t drcnn_deform_conv2d_forward(
    const drcnn_deform_conv2d* call, const void* input, const void* weight, const void* offset, const void* mask,
    const void* bias, void* output);
/* grad [N, O, H', W'] and the forward's arguments -> their gradients; NULL: not needed. */
DRCNN_KERNELS_API int32_t drcnn_deform_conv2d_backward(
    const drcnn_deform_conv2d* call, const void* grad, const void* input, const void* weight, const void* offset,
    const void* mask, void* grad_input, void* grad_weight, void* grad_offset, void* grad_mask, void* grad_bias);

/* --- the same on CUDA, in a library of its own --------------------------------------------------------------------------------------- */

/* Everything is memory of the stream's device, which the caller has made current; nothing waits for it. Scratch is the caller's, as many
   bytes as the function's *_scratch says (-1: the arguments are wrong), aligned for any number. Types are those of the CPU and float16,
   computed in float32. What a CPU refuses for values in memory cannot be known here: a RoI with an image index of N and more has NaN as its
   outputs, and of an iteration the low 32 bits count. */

/* DRCNN_KERNELS_VERSION of the header that this library was built with. */
DRCNN_KERNELS_API int32_t drcnn_cuda_version(void);

/* Of the calling thread's last failure in this library. */
DRCNN_KERNELS_API const char* drcnn_cuda_error(void);

DRCNN_KERNELS_API int32_t drcnn_cuda_roi_align_forward(
    const drcnn_roi_align* call, const void* map, const void* rois, void* pooled, void* stream);
DRCNN_KERNELS_API int64_t drcnn_cuda_roi_align_backward_scratch(const drcnn_roi_align* call);
DRCNN_KERNELS_API int32_t drcnn_cuda_roi_align_backward(
    const drcnn_roi_align* call, const void* grad, const void* rois, void* grad_map, void* scratch, void* stream);

DRCNN_KERNELS_API int64_t drcnn_cuda_nms_keep_scratch(const drcnn_nms* call);
DRCNN_KERNELS_API int32_t drcnn_cuda_nms_keep(
    const drcnn_nms* call, const void* boxes, const int64_t* order, const int64_t* groups, uint8_t* keep, void* scratch,
    void* stream);

DRCNN_KERNELS_API int32_t drcnn_cuda_random_keys(
    const int64_t* image_ids, int64_t images, int64_t seed, const int64_t* iteration, int64_t purpose, int64_t count,
    int64_t* keys, void* stream);

/* A deformable convolution's parts; the matrix products between them are the host's. The call's batch is the images at hand, whose
   corners, and whose pixels times D, must be fewer than 2^31. map [N, H, W, C]; float32 or float64. */
/* -> columns [G, N H' W', K C/G], which times the weight [G, K C/G, O/G] are the outputs. */
DRCNN_KERNELS_API int32_t drcnn_cuda_deform_columns(
    const drcnn_deform_conv2d* call, const void* map, const void* offset, const void* mask, void* columns, void* stream);
/* grad_columns: as columns -> grad_offset, grad_mask (NULL where there is no mask). */
DRCNN_KERNELS_API int32_t drcnn_cuda_deform_offset_gradient(
    const drcnn_deform_conv2d* call, const void* map, const void* offset, const void* mask, const void* grad_columns,
    void* grad_offset, void* grad_mask, void* stream);
/* How many corners the samples have: 4 N D K H' W'. -1: the arguments are wrong or too large. */
DRCNN_KERNELS_API int64_t drcnn_cuda_deform_corner_count(const drcnn_deform_conv2d* call);
/* -> the pixel that each corner adds to, and by how much, [corners]. The host sorts the pixels, stably. */
DRCNN_KERNELS_API int32_t drcnn_cuda_deform_corners(
    const drcnn_deform_conv2d* call, const void* offset, const void* mask, int32_t* pixels, void* factors, void* stream);
/* sorted_pixels and the corner of each, in that order; factors as listed -> grad_map [N, H, W, C]. */
DRCNN_KERNELS_API int32_t drcnn_cuda_deform_input_gradient(
    const drcnn_deform_conv2d* call, const int32_t* sorted_pixels, const int64_t* corners, const void* factors,
    const void* grad_columns, void* grad_map, void* stream);

#ifdef __cplusplus
}
#endif
#endif
