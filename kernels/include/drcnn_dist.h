/* C ABI of libdrcnn_dist: processes that train together, over c10d's TCPStore and ProcessGroupGloo.
   Every int32 function returns 0, or -1 with a sentence in drcnn_dist_last_error() (this thread's, valid until its next failing call).
   Tensors are handles of libdrcnn, dense and on the CPU. All processes of a group make the same calls in the same order. */
#pragma once
#include "drcnn.h"
#ifdef __cplusplus
extern "C" {
#endif

typedef struct drcnn_dist_group drcnn_dist_group;
typedef struct drcnn_dist_buckets drcnn_dist_buckets;

DRCNN_API const char* drcnn_dist_last_error(void);

/* The group. Rank 0 serves the store at host:port unless serves_store is 0 for it too (torchrun's agent serves its own); prefix keeps
   the keys of jobs at one store apart. Waits for all ranks, at most timeout_ms; no later operation waits longer than that either. */
DRCNN_API int32_t drcnn_dist_join(const char* host, int32_t port, int32_t serves_store, const char* prefix, int32_t rank, int32_t size,
                                  int64_t timeout_ms, drcnn_dist_group** out);
/* Says to the others why this process fails, then closes its connections, which wakes them, and waits a moment for them to read it.
   The first failure of a group stays. */
DRCNN_API int32_t drcnn_dist_fail(drcnn_dist_group* group, const char* sentence);
/* The sentence of the process that failed, waiting for it up to wait_ms. Returns its length without the zero, 0 where there is none. */
DRCNN_API int32_t drcnn_dist_failure(drcnn_dist_group* group, int64_t wait_ms, char* text, int32_t capacity);
/* orderly: all processes are here and nothing is under way. Otherwise connections are left to the end of the process. */
DRCNN_API void drcnn_dist_leave(drcnn_dist_group* group, int32_t orderly);

/* Collectives. They wait until the result is there. */
DRCNN_API int32_t drcnn_dist_all_reduce(drcnn_dist_group* group, drcnn_tensor* tensor); /* sum, in place, the same bits everywhere */
/* output: [size, ...] for an input [...]; the input of rank r becomes row r. */
DRCNN_API int32_t drcnn_dist_all_gather(drcnn_dist_group* group, drcnn_tensor* input, drcnn_tensor* output);
DRCNN_API int32_t drcnn_dist_broadcast(drcnn_dist_group* group, drcnn_tensor* tensor, int32_t root); /* in place */
DRCNN_API int32_t drcnn_dist_barrier(drcnn_dist_group* group);

/* Gradients of leaf tensors of one type, summed over the processes in flat buckets: the last tensors first, the first bucket of
   first_bytes, the others of bytes. The leaves must outlive the buckets. */
DRCNN_API int32_t drcnn_dist_buckets_make(drcnn_dist_group* group, drcnn_tensor** leaves, int32_t count, int64_t first_bytes, int64_t bytes,
                                          drcnn_dist_buckets** out);
/* The next backward is the last one of the step: a bucket leaves as soon as its gradients are complete, while backward goes on. */
DRCNN_API int32_t drcnn_dist_buckets_arm(drcnn_dist_buckets* buckets);
/* Sends what has not left, a missing gradient as zeros, and waits. Every leaf's gradient is the sum afterwards. */
DRCNN_API int32_t drcnn_dist_buckets_finish(drcnn_dist_buckets* buckets);
DRCNN_API void drcnn_dist_buckets_free(drcnn_dist_buckets* buckets);
#ifdef __cplusplus
}
#endif
