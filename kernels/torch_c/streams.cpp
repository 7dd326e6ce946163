// What a step needs of streams, through c10's guards: one source for every device, without CUDA's headers.
#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <optional>
#include <vector>
#include "handles.h"

using drcnn::borrow;
using drcnn::guarded;

namespace {

// One stream for each device, taken from libtorch's pool at its first copy and kept: all copies of a thread queue up on it.
c10::Stream copy_stream(const c10::impl::VirtualGuardImpl& streams, c10::Device device) {
  static thread_local std::vector<std::optional<c10::Stream>> taken;
  const auto index = static_cast<size_t>(device.index());
  if (taken.size() <= index) taken.resize(index + 1);
  if (!taken[index]) taken[index] = streams.getStreamFromGlobalPool(device);
  return *taken[index];
}

}  // namespace

int32_t drcnn_upload(drcnn_tensor** tensors, int32_t count, int32_t device_type, int32_t device_index, drcnn_tensor** copies) {
  return guarded("upload", [&] {
    const auto type = static_cast<c10::DeviceType>(device_type);
    const c10::impl::VirtualGuardImpl streams(type);
    const c10::Device device(type, device_index < 0 ? streams.getDevice().index() : static_cast<c10::DeviceIndex>(device_index));
    const c10::Stream computing = streams.getStream(device);
    const c10::Stream copying = copy_stream(streams, device);
    std::vector<at::Tensor> copied;
    {
      const c10::StreamGuard current(copying);
      for (int32_t i = 0; i < count; i++) {
        // Pinned memory goes back to libtorch's pool, which waits for the copy before it gives it out again.
        copied.push_back(borrow(tensors[i]).pin_memory().to(device, /*non_blocking=*/true));
        // The memory belongs to the copying stream: it is not reused before what the other one does with it now is done.
        streams.recordDataPtrOnStream(copied.back().storage().data_ptr(), computing);
      }
    }
    c10::Event arrived(type);
    arrived.record(copying);
    arrived.block(computing);
    for (int32_t i = 0; i < count; i++) copies[i] = drcnn::give(std::move(copied[i]));
  });
}

int32_t drcnn_set_device(int32_t device_type, int32_t device_index) {
  return guarded("set_device", [&] {
    const auto type = static_cast<c10::DeviceType>(device_type);
    c10::impl::VirtualGuardImpl(type).setDevice(c10::Device(type, static_cast<c10::DeviceIndex>(device_index)));
  });
}

int32_t drcnn_device_count(int32_t device_type) {
  int32_t count = -1;
  guarded("device_count", [&] { count = c10::impl::VirtualGuardImpl(static_cast<c10::DeviceType>(device_type)).deviceCount(); });
  return count;
}
