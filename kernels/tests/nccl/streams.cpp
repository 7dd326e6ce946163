// The functions of CUDA's runtime that tests of NCCL call, names and order of arguments as there.
#include "streams.h"
#include "interface.h"

using stand_in::Event;
using stand_in::Stream;
using stand_in::stream_of;

STAND_IN_API int cudaStreamCreate(void** stream) {
  *stream = new std::shared_ptr<Stream>(Stream::make());
  return 0;
}

STAND_IN_API int cudaStreamSynchronize(void* stream) {
  stream_of(stream).synchronize();
  return 0;
}

STAND_IN_API int cudaLaunchHostFunc(void* stream, void (*call)(void*), void* data) {
  stream_of(stream).put([=] { call(data); });
  return 0;
}

STAND_IN_API int cudaEventCreate(void** event) {
  *event = new std::shared_ptr<Event>(std::make_shared<Event>());
  return 0;
}

STAND_IN_API int cudaEventRecord(void* event, void* stream) {
  const std::shared_ptr<Event> one = *static_cast<std::shared_ptr<Event>*>(event);
  int64_t mark;
  {
    const std::lock_guard<std::mutex> guard(one->lock);
    mark = ++one->recorded;
  }
  stream_of(stream).put([=] {
    const std::lock_guard<std::mutex> guard(one->lock);
    one->reached = mark;
    one->changed.notify_all();
  });
  return 0;
}

STAND_IN_API int cudaStreamWaitEvent(void* stream, void* event, unsigned int) {
  const std::shared_ptr<Event> one = *static_cast<std::shared_ptr<Event>*>(event);
  int64_t mark;
  {
    const std::lock_guard<std::mutex> guard(one->lock);
    mark = one->recorded;
  }
  stream_of(stream).put([=] {
    std::unique_lock<std::mutex> guard(one->lock);
    one->changed.wait(guard, [&] { return one->reached >= mark; });
  });
  return 0;
}
