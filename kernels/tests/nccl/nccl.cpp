// NCCL's C interface over shared memory, for ranks that are processes or threads of one machine: tests drive what calls NCCL without a GPU. Operations
// run in streams, calls of a communicator only begin what they do, and abort frees it. NCCL's own header is not needed: names, order of
// arguments and numbers are its.
#include <algorithm>
#include <cstring>
#include <set>
#include <utility>
#include "interface.h"
#include "streams.h"
#include "world.h"

using stand_in::Stream;
using stand_in::World;

namespace {

enum Result { success = 0, internal_error = 3, invalid_argument = 4, remote_error = 6, in_progress = 7 };
enum Type { uint8 = 1, float32 = 7, float64 = 8 };

struct UniqueId {
  char bytes[128];
};

struct Config {
  size_t length;
  unsigned int magic;
  unsigned int version;
  int blocking;
};

std::atomic<int64_t> ids{0};
std::atomic<int> misuses{0};
thread_local int refusals = 0;
thread_local int delay_ms = 0;

}  // namespace

struct ncclComm {
  std::shared_ptr<World> world;
  int rank;
  std::atomic<int> state{in_progress};
  std::atomic<int> inside{0};  // calls
  std::atomic<bool> begun{false};
};

namespace {

std::mutex living_lock;
std::set<ncclComm*> living;

// A call of a communicator that nobody has freed; abort may not come beside it.
class Use {
 public:
  explicit Use(ncclComm* comm) : comm(comm) {
    const std::lock_guard<std::mutex> guard(living_lock);
    is_good = living.count(comm) != 0;
    if (is_good) comm->inside++;
    else misuses++;
  }
  ~Use() {
    if (is_good) comm->inside--;
  }
  bool is_good;

 private:
  ncclComm* comm;
};

size_t size_of(int type) { return type == float64 ? 8 : type == float32 ? 4 : 1; }

template <class T>
void add_up(World& world, void* to, size_t bytes) {
  T* sums = static_cast<T*>(to);
  std::fill_n(sums, bytes / sizeof(T), T(0));
  for (int rank = 0; rank < world.size; rank++) {
    const T* each = reinterpret_cast<const T*>(world.part(rank));
    for (size_t i = 0; i < bytes / sizeof(T); i++) sums[i] += each[i];
  }
}

// Piece by piece: everybody shows its own, makes its result out of all, and waits until nobody reads any more.
template <class Make>
int begin(ncclComm* comm, const void* from, void* to, size_t bytes, void* stream, Make make) {
  const Use use(comm);
  if (!use.is_good) return invalid_argument;
  if (delay_ms > 0) std::this_thread::sleep_for(std::chrono::milliseconds(std::exchange(delay_ms, 0)));
  if (refusals > 0) {
    refusals--;
    return internal_error;
  }
  if (comm->world->is_aborted()) return remote_error;
  stand_in::stream_of(stream).put([world = comm->world, rank = comm->rank, from, to, bytes, make] {
    for (size_t start = 0; start < bytes; start += World::chunk) {
      const size_t piece = std::min<size_t>(World::chunk, bytes - start);
      std::memcpy(world->part(rank), static_cast<const char*>(from) + start, piece);
      if (!world->meet()) return;
      make(*world, static_cast<char*>(to) + start, piece);
      if (!world->meet()) return;
    }
  });
  comm->begun = true;
  return in_progress;
}

// Frees it, once no call of it is under way any more.
int end(ncclComm* comm, bool aborts) {
  {
    const std::lock_guard<std::mutex> guard(living_lock);
    if (living.erase(comm) == 0) {
      misuses++;
      return invalid_argument;
    }
  }
  if (aborts) comm->world->abort();
  if (comm->inside > 0) misuses++;  // it would be freed under the call
  else delete comm;
  return success;
}

}  // namespace

STAND_IN_API int ncclGetUniqueId(UniqueId* id) {
  std::memset(id->bytes, 0, sizeof id->bytes);
  const std::string text = "/drcnn-nccl-" + std::to_string(getpid()) + "-" + std::to_string(ids++);
  std::memcpy(id->bytes + sizeof id->bytes - text.size() - 1, text.data(), text.size());  // at the end: all bytes count
  return success;
}

STAND_IN_API int ncclCommInitRankConfig(ncclComm** comm, int size, UniqueId id, int rank, const Config* config) {
  if (rank < 0 || rank >= size || config->length < sizeof(Config) || config->magic != 0xcafebeef || config->blocking != 0) return invalid_argument;
  const std::string name(std::find_if(id.bytes, id.bytes + sizeof id.bytes - 1, [](char c) { return c != 0; }));
  try {
    *comm = new ncclComm{std::make_shared<World>(name, size), rank};
  } catch (const std::exception&) {
    return internal_error;
  }
  {
    const std::lock_guard<std::mutex> guard(living_lock);
    living.insert(*comm);
  }
  std::thread([comm = *comm, world = (*comm)->world, name] {
    const bool all = world->meet();
    shm_unlink(name.c_str());  // nobody looks for it any more
    const std::lock_guard<std::mutex> guard(living_lock);
    if (living.count(comm)) comm->state = all ? success : remote_error;
  }).detach();
  return in_progress;
}

STAND_IN_API int ncclAllReduce(const void* from, void* to, size_t count, int type, int operation, ncclComm* comm, void* stream) {
  if (operation != 0 || (type != float32 && type != float64)) return invalid_argument;
  return begin(comm, from, to, count * size_of(type), stream, [type](World& world, void* to, size_t bytes) {
    type == float64 ? add_up<double>(world, to, bytes) : add_up<float>(world, to, bytes);
  });
}

STAND_IN_API int ncclBroadcast(const void* from, void* to, size_t count, int type, int root, ncclComm* comm, void* stream) {
  if (type != uint8 && type != float32 && type != float64) return invalid_argument;
  return begin(comm, from, to, count * size_of(type), stream,
               [root](World& world, void* to, size_t bytes) { std::memcpy(to, world.part(root), bytes); });
}

STAND_IN_API int ncclCommGetAsyncError(ncclComm* comm, int* error) {
  const Use use(comm);
  if (!use.is_good) return invalid_argument;
  *error = comm->world->is_aborted() ? remote_error : comm->begun.exchange(false) ? in_progress : comm->state.load();
  return success;
}

STAND_IN_API int ncclCommAbort(ncclComm* comm) { return end(comm, true); }

STAND_IN_API int ncclCommDestroy(ncclComm* comm) { return end(comm, false); }

STAND_IN_API const char* ncclGetErrorString(int code) {
  switch (code) {
    case internal_error: return "internal error";
    case invalid_argument: return "invalid argument";
    case remote_error: return "remote process exited or there was a network error";
    default: return "unknown result code";
  }
}

// For tests: the calling thread's next operations are refused.
STAND_IN_API void stand_in_refuse(int operations) { refusals = operations; }

// For tests: the calling thread's next operation takes its time before it begins.
STAND_IN_API void stand_in_delay(int milliseconds) { delay_ms = milliseconds; }

// For tests: how often this process has used a communicator that was freed, or freed one under a call.
STAND_IN_API int stand_in_misuses() { return misuses; }
