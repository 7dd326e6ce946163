// The address of this machine that another one can reach it at.
#pragma once
#include <string>

namespace drcnn {

// The numeric address that packets to the host leave from: the loopback for the loopback. Throws std::runtime_error with a sentence.
std::string local_address_towards(const std::string& host, int port);

}  // namespace drcnn
