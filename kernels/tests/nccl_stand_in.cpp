// NCCL's C interface for ranks that are threads of one process, over the host's memory: tests drive what calls NCCL without a GPU. Results are there
// when a call returns, whatever the stream. NCCL's own header is not needed: names, order of arguments and numbers are its.
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#define NCCL_API extern "C" __attribute__((visibility("default")))

namespace {

enum Result { success = 0, internal_error = 3, invalid_argument = 4, remote_error = 6 };
enum Type { int8 = 0, float32 = 7, float64 = 8 };

struct UniqueId {
  char bytes[128];
};

// What the ranks of a communicator share.
struct World {
  explicit World(int size) : from(size) {}
  std::mutex lock;
  std::condition_variable changed;
  std::vector<const void*> from;
  size_t arrived = 0;
  int64_t turn = 0;
  bool aborted = false;

  // False: the communicator was aborted.
  bool meet() {
    std::unique_lock<std::mutex> guard(lock);
    const int64_t now = turn;
    if (++arrived == from.size()) {
      arrived = 0;
      turn++;
      changed.notify_all();
    }
    changed.wait(guard, [&] { return turn != now || aborted; });
    return turn != now;
  }
};

std::mutex worlds_lock;
std::map<std::string, std::shared_ptr<World>> worlds;
int64_t ids = 0;
thread_local int refusals = 0;

size_t size_of(int type) { return type == float64 ? 8 : type == float32 ? 4 : 1; }

template <class T>
std::vector<char> sum(const std::vector<const void*>& from, size_t count) {
  std::vector<char> bytes(count * sizeof(T));
  T* total = reinterpret_cast<T*>(bytes.data());
  for (const void* each : from) {
    for (size_t i = 0; i < count; i++) total[i] += static_cast<const T*>(each)[i];
  }
  return bytes;
}

}  // namespace

struct ncclComm {
  std::shared_ptr<World> world;
  int rank;
};

namespace {

// Everybody gives its memory, makes its result out of all, and writes it when nobody reads any more.
template <class Make>
int together(ncclComm* comm, const void* from, void* to, Make make) {
  if (refusals > 0) {
    refusals--;
    return internal_error;
  }
  World& world = *comm->world;
  world.from[comm->rank] = from;
  if (!world.meet()) return remote_error;
  const std::vector<char> made = make(world.from);
  if (!world.meet()) return remote_error;
  std::memcpy(to, made.data(), made.size());
  return success;
}

}  // namespace

NCCL_API int ncclGetUniqueId(UniqueId* id) {
  const std::lock_guard<std::mutex> guard(worlds_lock);
  std::memset(id->bytes, 0, sizeof id->bytes);
  const std::string text = "stand-in " + std::to_string(ids++);
  std::memcpy(id->bytes + sizeof id->bytes - text.size() - 1, text.data(), text.size());  // at the end: all bytes count
  return success;
}

NCCL_API int ncclCommInitRank(ncclComm** comm, int size, UniqueId id, int rank) {
  if (rank < 0 || rank >= size) return invalid_argument;
  std::shared_ptr<World> world;
  {
    const std::lock_guard<std::mutex> guard(worlds_lock);
    auto& known = worlds[std::string(id.bytes, sizeof id.bytes)];
    if (!known) known = std::make_shared<World>(size);
    world = known;
  }
  *comm = new ncclComm{world, rank};
  return world->meet() ? success : remote_error;
}

NCCL_API int ncclAllReduce(const void* from, void* to, size_t count, int type, int operation, ncclComm* comm, void*) {
  if (operation != 0 || (type != float32 && type != float64)) return invalid_argument;
  return together(comm, from, to, [&](const std::vector<const void*>& all) {
    return type == float64 ? sum<double>(all, count) : sum<float>(all, count);
  });
}

NCCL_API int ncclBroadcast(const void* from, void* to, size_t count, int type, int root, ncclComm* comm, void*) {
  return together(comm, from, to, [&](const std::vector<const void*>& all) {
    const char* first = static_cast<const char*>(all[root]);
    return std::vector<char>(first, first + count * size_of(type));
  });
}

NCCL_API int ncclCommGetAsyncError(ncclComm* comm, int* error) {
  const std::lock_guard<std::mutex> guard(comm->world->lock);
  *error = comm->world->aborted ? remote_error : success;
  return success;
}

// Unlike NCCL's it keeps the communicator: whoever is inside a call may still look at it.
NCCL_API int ncclCommAbort(ncclComm* comm) {
  const std::lock_guard<std::mutex> guard(comm->world->lock);
  comm->world->aborted = true;
  comm->world->changed.notify_all();
  return success;
}

NCCL_API int ncclCommDestroy(ncclComm* comm) {
  delete comm;
  return success;
}

NCCL_API const char* ncclGetErrorString(int code) {
  switch (code) {
    case internal_error: return "internal error";
    case invalid_argument: return "invalid argument";
    case remote_error: return "remote process exited or there was a network error";
    default: return "unknown result code";
  }
}

// For tests: the calling thread's next operations are refused.
NCCL_API void stand_in_refuse(int operations) { refusals = operations; }
