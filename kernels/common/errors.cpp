// The text of a thread's last failure, of each library its own.
#include <string>

#include "host.h"

namespace drcnn {
namespace {

thread_local std::string last_error;

}  // namespace

void keep_error(const char* text) { last_error = text; }
const char* kept_error() { return last_error.c_str(); }

}  // namespace drcnn
