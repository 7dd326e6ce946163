/* C ABI of libdrcnn: libtorch's operators through its dispatcher, and what the dispatcher lacks.
   Every int32 function returns 0, or -1 with a sentence in drcnn_last_error() (this thread's, valid until its next failing call).
   A tensor handle is a c10::TensorImpl* that owns one reference; NULL is the undefined tensor (None). */
#pragma once
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif
#define DRCNN_API __attribute__((visibility("default")))

typedef struct drcnn_tensor drcnn_tensor;
typedef struct drcnn_op drcnn_op; /* lives as long as the process */

enum {
  DRCNN_NONE, DRCNN_DEFAULT, DRCNN_TENSOR, DRCNN_TENSORS, DRCNN_INT, DRCNN_DOUBLE, DRCNN_BOOL, DRCNN_INTS, DRCNN_DOUBLES,
  DRCNN_BOOLS, DRCNN_STRING, DRCNN_DTYPE, DRCNN_DEVICE, DRCNN_INTS_PACKED /* up to four int16 in the payload */
};
typedef struct { int32_t tag; int32_t n; union { int64_t i; double d; const void* p; }; } drcnn_value;

DRCNN_API const char* drcnn_last_error(void);
DRCNN_API const char* drcnn_library_info(void);

/* Operators. Missing trailing arguments take the schema's defaults. Returns the number of results, or -1. */
DRCNN_API int32_t drcnn_op_find(const char* name, const char* overload, drcnn_op** out);
DRCNN_API int32_t drcnn_op_schema(drcnn_op* op, char* text, int32_t capacity);
DRCNN_API int32_t drcnn_call(drcnn_op* op, const drcnn_value* arguments, int32_t count, drcnn_value* results, int32_t capacity);
DRCNN_API void drcnn_free(void* memory);

/* Handles. */
DRCNN_API void drcnn_release(drcnn_tensor* tensor);
DRCNN_API void drcnn_release_many(drcnn_tensor** tensors, int32_t count);
/* References that callers hold now, over all threads. */
DRCNN_API int64_t drcnn_live_tensors(void);

/* Metadata: no exception, no allocation. */
DRCNN_API int32_t drcnn_dim(drcnn_tensor* tensor);
/* Returns the number of dimensions and writes at most capacity sizes. */
DRCNN_API int32_t drcnn_sizes(drcnn_tensor* tensor, int64_t* out, int32_t capacity);
DRCNN_API int32_t drcnn_strides(drcnn_tensor* tensor, int64_t* out, int32_t capacity);
DRCNN_API int64_t drcnn_numel(drcnn_tensor* tensor);
DRCNN_API int32_t drcnn_dtype(drcnn_tensor* tensor);
DRCNN_API int32_t drcnn_device(drcnn_tensor* tensor, int32_t* index);
DRCNN_API int32_t drcnn_requires_grad(drcnn_tensor* tensor);

/* Host memory. All of them wait for the device. */
DRCNN_API int32_t drcnn_item(drcnn_tensor* tensor, drcnn_value* out);
/* Copies the product of sizes elements into a new CPU tensor. */
DRCNN_API int32_t drcnn_from_memory(const void* data, const int64_t* sizes, int32_t dimensions, int32_t dtype, drcnn_tensor** out);
/* Elements in row-major order, as many as the tensor has, of the given type: converted where the tensor's differs. Not recorded. */
DRCNN_API int32_t drcnn_copy_to(drcnn_tensor* tensor, void* data, int32_t dtype);

/* Copies of CPU tensors on a device (index -1: its current one), from pinned memory on a stream of their own. Nothing waits on the host;
   what the current stream does afterwards waits on the device. */
DRCNN_API int32_t drcnn_upload(drcnn_tensor** tensors, int32_t count, int32_t device_type, int32_t device_index, drcnn_tensor** copies);
/* The device that this thread works with where none is named: pinned memory and streams would otherwise take room on device 0 too. */
DRCNN_API int32_t drcnn_set_device(int32_t device_type, int32_t device_index);
DRCNN_API int32_t drcnn_device_count(int32_t device_type); /* -1 where libtorch is no build for them */

/* Looking at libtorch: from drcnn_observe(1) to drcnn_observe(0) every operator call of every thread is one line, its name and then, after
   tabs, its inputs ("float[2,3]@cpu", nothing for what is no tensor). One observer at a time. */
DRCNN_API int32_t drcnn_observe(int32_t on);
/* Writes at most capacity bytes and returns how many there are, or -1. */
DRCNN_API int32_t drcnn_observed(char* text, int32_t capacity);
/* Timing libtorch: from drcnn_time_operators(1) to drcnn_time_operators(0), over all threads, a line for each name of an operator or of a
   node of the backward pass: name, calls, seconds and seconds of the whole process's processors, with tabs between them and without what
   the operators inside took. One at a time. */
DRCNN_API int32_t drcnn_time_operators(int32_t on);
/* Writes at most capacity bytes and returns how many there are, or -1. */
DRCNN_API int32_t drcnn_operator_times(char* text, int32_t capacity);

/* Autograd. inputs may be none: then every leaf gets its gradient. */
DRCNN_API int32_t drcnn_backward(drcnn_tensor* loss, drcnn_tensor* gradient, int32_t retain_graph, int32_t create_graph,
                                 drcnn_tensor** inputs, int32_t input_count);
DRCNN_API int32_t drcnn_grad(drcnn_tensor* tensor, drcnn_tensor** out);
DRCNN_API int32_t drcnn_set_grad(drcnn_tensor* tensor, drcnn_tensor* gradient);
DRCNN_API int32_t drcnn_set_requires_grad(drcnn_tensor* tensor, int32_t on);

/* Modes of this thread. */
DRCNN_API int32_t drcnn_grad_mode(int32_t on); /* returns the mode before */
/* A scope of inference mode, left in reverse order on the thread that entered it. */
DRCNN_API int32_t drcnn_inference_enter(int32_t on, void** scope);
DRCNN_API void drcnn_inference_leave(void* scope);
/* Autocast of CPU and CUDA together; dtype -1 turns it off. Returns the dtype before, or -1 for off. */
DRCNN_API int32_t drcnn_autocast(int32_t dtype);

/* The process. */
DRCNN_API int32_t drcnn_set_threads(int32_t count);
DRCNN_API int32_t drcnn_threads(void);
DRCNN_API int32_t drcnn_manual_seed(int64_t seed);
DRCNN_API int32_t drcnn_has_cuda(void); /* 1 when libtorch is a CUDA build and sees a device */
DRCNN_API int32_t drcnn_has_cuda_operators(void); /* 1 when this library was built with the CUDA kernels */
#ifdef __cplusplus
}
#endif
