// What the kernels need of their host, without libtorch's headers: errors as text, and its threads through two C functions.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <sstream>
#include <stdexcept>

#include "drcnn_kernels.h"

namespace drcnn {

/// How many threads the host's parallel regions have; inside one the answer may be the same.
int64_t thread_count();

namespace host {
using Part = void (*)(int64_t begin, int64_t end, void* context);
/// On the host's threads; on this one where it gave none.
void share(int64_t begin, int64_t end, int64_t grain, Part part, void* context);
}  // namespace host

/// Runs body(begin, end) over parts of [begin, end) on the host's threads; an exception of a part is thrown here.
template <typename Body>
void parallel_for(int64_t begin, int64_t end, int64_t grain, const Body& body) {
  if (begin >= end) return;
  if (end - begin <= grain) return body(begin, end);
  struct Context {
    const Body* body;
    std::exception_ptr error;
    std::atomic<bool> failed{false};
  } context{&body, {}};
  host::share(
      begin, end, grain,
      [](int64_t b, int64_t e, void* given) {
        auto& context = *static_cast<Context*>(given);
        try {
          (*context.body)(b, e);
        } catch (...) {  // nothing may be thrown through C
          if (!context.failed.exchange(true)) context.error = std::current_exception();
        }
      },
      &context);
  if (context.failed) std::rethrow_exception(context.error);
}

/// Throws what a C function then returns as its error: the parts as one text.
template <typename... Parts>
[[noreturn]] void fail(const Parts&... parts) {
  std::ostringstream text;
  (text << ... << parts);
  throw std::invalid_argument(text.str());
}

#define DRCNN_CHECK(condition, ...)               \
  do {                                            \
    if (!(condition)) ::drcnn::fail(__VA_ARGS__); \
  } while (false)

void keep_error(const char* text);
const char* kept_error();

/// The body of a C function: 0, or -1 with the text kept for drcnn_kernels_error.
template <typename Body>
int32_t guarded(const Body& body) {
  try {
    body();
    return 0;
  } catch (const std::bad_alloc&) {
    keep_error("the kernels' working memory could not be allocated");
  } catch (const std::exception& error) {
    keep_error(error.what());
  } catch (...) {
    keep_error("an unknown C++ exception");
  }
  return -1;
}

/// "float32" and so on.
inline const char* name_of_type(int32_t type) {
  switch (type) {
    case drcnn_float16: return "float16";
    case drcnn_float32: return "float32";
    case drcnn_float64: return "float64";
    case drcnn_bfloat16: return "bfloat16";
    default: return "an unknown type";
  }
}

}  // namespace drcnn
