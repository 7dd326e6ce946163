// The C interface over Gloo's operations.
#include <drcnn_processes.h>
#include <gloo/allgather.h>
#include <gloo/allreduce.h>
#include <gloo/broadcast.h>
#include <gloo/math.h>
#include <gloo/transport/tcp/device.h>
#include <stdexcept>
#include <string>
#include "mesh.h"

using drcnn::Mesh;
using std::chrono::milliseconds;

struct drcnn_processes {
  std::shared_ptr<Mesh> mesh;
};

namespace {

thread_local std::string last_error;

// Gloo's messages begin with a place in its source.
std::string without_place(const std::string& text) {
  const size_t end = text.find("] ");
  return !text.empty() && text[0] == '[' && end != std::string::npos ? text.substr(end + 2) : text;
}

template <class Body>
int32_t guarded(Body body) {
  try {
    body();
    return 0;
  } catch (const std::exception& error) {
    last_error = without_place(error.what());
    return -1;
  }
}

template <class T>
void all_reduce(const std::shared_ptr<Mesh>& mesh, void* values, int64_t count) {
  gloo::AllreduceOptions options(mesh);
  options.setOutput(static_cast<T*>(values), static_cast<size_t>(count));
  options.setReduceFunction([](void* sum, const void* one, const void* other, size_t n) { gloo::sum<T>(sum, one, other, n); });
  gloo::allreduce(options);
}

}  // namespace

int32_t drcnn_processes_version() { return DRCNN_PROCESSES_VERSION; }

const char* drcnn_processes_error() { return last_error.c_str(); }

int32_t drcnn_processes_open(int32_t rank, int32_t size, const char* host, int64_t timeout_ms, uint8_t* addresses, drcnn_processes** out) {
  return guarded([&] {
    auto device = gloo::transport::tcp::CreateDevice(gloo::transport::tcp::attr(host));
    *out = new drcnn_processes{std::make_shared<Mesh>(rank, size, std::move(device), milliseconds(timeout_ms), addresses)};
  });
}

int32_t drcnn_processes_connect(drcnn_processes* group, const uint8_t* addresses) {
  return guarded([&] { group->mesh->connect(addresses); });
}

int32_t drcnn_processes_all_reduce(drcnn_processes* group, void* values, int64_t count, int32_t type) {
  return guarded([&] {
    if (count == 0) return;
    switch (type) {
      case DRCNN_PROCESSES_FLOAT32: return all_reduce<float>(group->mesh, values, count);
      case DRCNN_PROCESSES_FLOAT64: return all_reduce<double>(group->mesh, values, count);
      default: throw std::invalid_argument("type " + std::to_string(type) + ", expected 0 for float32 or 1 for float64");
    }
  });
}

int32_t drcnn_processes_all_gather(drcnn_processes* group, const void* own, int64_t count, void* all) {
  return guarded([&] {
    if (count == 0) return;
    gloo::AllgatherOptions options(group->mesh);
    options.setInput(static_cast<char*>(const_cast<void*>(own)), static_cast<size_t>(count));
    options.setOutput(static_cast<char*>(all), static_cast<size_t>(count) * group->mesh->size);
    gloo::allgather(options);
  });
}

int32_t drcnn_processes_broadcast(drcnn_processes* group, void* bytes, int64_t count, int32_t root) {
  return guarded([&] {
    if (count == 0) return;
    gloo::BroadcastOptions options(group->mesh);
    options.setOutput(static_cast<char*>(bytes), static_cast<size_t>(count));
    options.setRoot(root);
    gloo::broadcast(options);
  });
}

void drcnn_processes_abort(drcnn_processes* group) { group->mesh->abort(); }

void drcnn_processes_close(drcnn_processes* group) { delete group; }
