/* C ABI of libdrcnn_dist: processes that train together, over c10d's TCPStore, Gloo and NCCL.
   Every int32 function returns 0, or -1 with a sentence in drcnn_dist_last_error() (this thread's, valid until its next failing call).
   Tensors are handles of libdrcnn, dense; those on a GPU travel over NCCL, where the library was built with it. All processes of a group make the same calls in the same order. */
#pragma once
#include "drcnn.h"
#ifdef __cplusplus
extern "C" {
#endif

typedef struct drcnn_dist_group drcnn_dist_group;
typedef struct drcnn_dist_buckets drcnn_dist_buckets;

DRCNN_API const char* drcnn_dist_last_error(void);

/* Where the processes meet, and how long they wait for each other. */
typedef struct drcnn_dist_meeting {
  const char* host; /* of the store, which rank 0 serves at host:port unless serves_store is 0 for it too (torchrun's agent serves its own) */
  const char* prefix; /* keeps the keys of jobs at one store apart */
  int32_t port;
  int32_t serves_store;
  int32_t rank;
  int32_t size;
  int32_t gpu;          /* of this process, by its number on this machine */
  int32_t heartbeat_ms; /* how long a process may be silent; 0: for ever. That of rank 0 counts */
  int64_t timeout_ms;   /* no operation waits longer for a process, silent or not */
} drcnn_dist_meeting;

/* The group. Waits for all ranks. */
DRCNN_API int32_t drcnn_dist_join(const drcnn_dist_meeting* meeting, drcnn_dist_group** out);
/* Says to the others why this process fails, then closes its connections, which wakes them, and waits a moment for them to read it.
   The first failure of a group stays. */
DRCNN_API int32_t drcnn_dist_fail(drcnn_dist_group* group, const char* sentence);
/* The sentence of the process that failed, or the one about a process that is silent, waiting for it up to wait_ms. Returns its length
   without the zero, 0 where there is none. */
DRCNN_API int32_t drcnn_dist_failure(drcnn_dist_group* group, int64_t wait_ms, char* text, int32_t capacity);
/* The same at once, from what the heartbeat knows; any thread may ask, while the group is not being left. */
DRCNN_API int32_t drcnn_dist_verdict(drcnn_dist_group* group, char* text, int32_t capacity);
/* Ends this process with an exit code and nothing else: where a thread hangs in a driver or in the network, an orderly end would too. */
DRCNN_API void drcnn_dist_end_process(int32_t code);
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
