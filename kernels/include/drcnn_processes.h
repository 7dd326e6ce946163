/* Processes that add up and exchange numbers, over Gloo. Plain C over host memory; no libtorch.

   Functions that return int32 return 0, or -1 with a clause in drcnn_processes_error() (this thread's, until its next failing call).
   All processes of a group make the same calls in the same order, one at a time; drcnn_processes_abort alone may be called beside another call. */
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DRCNN_PROCESSES_API __attribute__((visibility("default")))

enum { DRCNN_PROCESSES_VERSION = 1 };

/* Bytes of an address that another process connects to. */
enum { DRCNN_PROCESSES_ADDRESS = 192 };

enum { DRCNN_PROCESSES_FLOAT32 = 0, DRCNN_PROCESSES_FLOAT64 = 1 };

typedef struct drcnn_processes drcnn_processes;

DRCNN_PROCESSES_API int32_t drcnn_processes_version(void);
DRCNN_PROCESSES_API const char* drcnn_processes_error(void);

/* One process of a group, not connected yet. host: its own address in the network. timeout_ms: the longest wait of any later call.
   addresses, written: [size, DRCNN_PROCESSES_ADDRESS]; in row r what rank r has to know. */
DRCNN_PROCESSES_API int32_t drcnn_processes_open(int32_t rank, int32_t size, const char* host, int64_t timeout_ms, uint8_t* addresses,
                                                 drcnn_processes** out);
/* Connects all with all. addresses: [size, DRCNN_PROCESSES_ADDRESS]; in row r what rank r has written for this process. */
DRCNN_PROCESSES_API int32_t drcnn_processes_connect(drcnn_processes* group, const uint8_t* addresses);
/* The sum, in place, of count numbers; the same bits everywhere. */
DRCNN_PROCESSES_API int32_t drcnn_processes_all_reduce(drcnn_processes* group, void* values, int64_t count, int32_t type);
/* all, written: [size, count]; row r is what rank r gives. */
DRCNN_PROCESSES_API int32_t drcnn_processes_all_gather(drcnn_processes* group, const void* own, int64_t count, void* all);
DRCNN_PROCESSES_API int32_t drcnn_processes_broadcast(drcnn_processes* group, void* bytes, int64_t count, int32_t root);
/* Breaks all connections: whoever waits in a call, here or at the other ends, fails at once. */
DRCNN_PROCESSES_API void drcnn_processes_abort(drcnn_processes* group);
/* No call may be under way. */
DRCNN_PROCESSES_API void drcnn_processes_close(drcnn_processes* group);

#ifdef __cplusplus
}
#endif
