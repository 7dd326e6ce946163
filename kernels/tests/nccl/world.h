// What the ranks of a communicator share: memory of the system's, so they may be processes as well as threads.
#pragma once
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <thread>

namespace stand_in {

class World {
 public:
  static constexpr int64_t chunk = 1 << 18;  // bytes of a rank that others see at a time

  World(const std::string& name, int size) : size(size), bytes(sizeof(Shared) + size * chunk) {
    const int file = shm_open(name.c_str(), O_CREAT | O_RDWR, 0600);
    if (file < 0 || ftruncate(file, bytes) != 0) throw std::runtime_error("no shared memory");  // zeros at first
    void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (memory == MAP_FAILED) throw std::runtime_error("no shared memory");
    shared = static_cast<Shared*>(memory);
  }

  ~World() { munmap(shared, bytes); }

  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // Waits for all. False: the communicator was aborted. As of NCCL, one that is gone is waited for until then.
  bool meet() {
    const int64_t now = shared->turn;
    if (++shared->arrived == size) {
      shared->arrived = 0;
      shared->turn++;
    }
    while (shared->turn == now) {
      if (shared->aborted) return false;
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
    return true;
  }

  void abort() { shared->aborted = true; }
  bool is_aborted() const { return shared->aborted; }
  char* part(int rank) const { return reinterpret_cast<char*>(shared + 1) + rank * chunk; }
  const int size;

 private:
  struct alignas(64) Shared {
    std::atomic<int64_t> turn;
    std::atomic<int> arrived;
    std::atomic<bool> aborted;
  };
  static_assert(std::atomic<int64_t>::is_always_lock_free, "processes share it");

  const size_t bytes;
  Shared* shared;
};

}  // namespace stand_in
