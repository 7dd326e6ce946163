#include "local_address.h"
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>
#include <memory>
#include <stdexcept>

namespace drcnn {

std::string local_address_towards(const std::string& host, int port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  const int status = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (status != 0) throw std::runtime_error("the address " + host + " is not known: " + gai_strerror(status));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);
  for (const addrinfo* entry = found; entry; entry = entry->ai_next) {
    const int handle = socket(entry->ai_family, entry->ai_socktype, entry->ai_protocol);
    if (handle < 0) continue;
    // Connecting a datagram socket sends nothing; it chooses the route.
    sockaddr_storage own{};
    socklen_t length = sizeof own;
    char text[NI_MAXHOST];
    const bool known = connect(handle, entry->ai_addr, entry->ai_addrlen) == 0 &&
                       getsockname(handle, reinterpret_cast<sockaddr*>(&own), &length) == 0 &&
                       getnameinfo(reinterpret_cast<sockaddr*>(&own), length, text, sizeof text, nullptr, 0, NI_NUMERICHOST) == 0;
    close(handle);
    if (known) return text;
  }
  throw std::runtime_error("no route leads from this machine to " + host);
}

}  // namespace drcnn
