// Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers, as easy as 1, 2, 3; SC 2011): four random words
// as a pure function of a 128-bit counter and a 64-bit key. Written from the paper; the same on every device.
#pragma once

#include <cstdint>

#include "../common/host_device.h"

namespace drcnn {

struct PhiloxBlock {
  uint32_t words[4];
};

constexpr DRCNN_HOST_DEVICE PhiloxBlock philox(PhiloxBlock counter, uint32_t key0, uint32_t key1) {
  PhiloxBlock c = counter;
  for (int round = 0; round < 10; round++) {
    const uint64_t product0 = uint64_t{0xD2511F53} * c.words[0];
    const uint64_t product1 = uint64_t{0xCD9E8D57} * c.words[2];
    c = PhiloxBlock{
        {static_cast<uint32_t>(product1 >> 32) ^ c.words[1] ^ key0, static_cast<uint32_t>(product1),
         static_cast<uint32_t>(product0 >> 32) ^ c.words[3] ^ key1, static_cast<uint32_t>(product0)}};
    key0 += 0x9E3779B9;
    key1 += 0xBB67AE85;
  }
  return c;
}

// The known answers that come with the authors' Random123 (kat_vectors, philox4x32 10).
namespace known_answers {
constexpr bool equal(PhiloxBlock a, PhiloxBlock b) {
  return a.words[0] == b.words[0] && a.words[1] == b.words[1] && a.words[2] == b.words[2] && a.words[3] == b.words[3];
}
static_assert(
    equal(philox({{0, 0, 0, 0}}, 0, 0), {{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}}), "Philox4x32-10, zeros");
static_assert(
    equal(
        philox({{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}}, 0xffffffff, 0xffffffff),
        {{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}}),
    "Philox4x32-10, ones");
static_assert(
    equal(
        philox({{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}}, 0xa4093822, 0x299f31d0),
        {{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}),
    "Philox4x32-10, digits of pi");
}  // namespace known_answers

}  // namespace drcnn
