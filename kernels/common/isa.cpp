#include "isa.h"

#include <cstdlib>
#include <cstring>

#include "host.h"

#if DRCNN_X86 && defined(__linux__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace drcnn {
namespace {

struct Named {
  const char* name;
  Isa isa;
  Bf16 bf16;  ///< at most
};
constexpr Named kNamed[] = {
    {"plain", Isa::kPlain, Bf16::kNone},
    {"avx2", Isa::kAvx2, Bf16::kNone},
    {"avx512", Isa::kAvx512, Bf16::kTiles},
    {"avx512_bf16", Isa::kAvx512, Bf16::kPairs}};

bool has(Isa isa) {
#if DRCNN_X86
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  switch (isa) {
    case Isa::kPlain: return true;
    case Isa::kAvx2: return avx2;
    case Isa::kAvx512:
      return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
             __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
  }
#endif
  return isa == Isa::kPlain;
}

/// Whether the processor has AMX's tiles of bfloat16 and the system lets this process use them.
bool has_tiles() {
#if DRCNN_X86 && defined(__linux__)
  constexpr long kRequestPermission = 0x1023, kTileData = 18;  // arch_prctl(2)
  unsigned a = 0, b = 0, c = 0, d = 0;
  const bool there = __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (d >> 22 & 1) != 0 && (d >> 24 & 1) != 0;
  return there && syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#else
  return false;
#endif
}

bool has_pairs() {
#if DRCNN_X86
  return has(Isa::kAvx512) && __builtin_cpu_supports("avx512bf16");
#else
  return false;
#endif
}

const char* name_of(Isa isa) {
  for (const Named& named : kNamed) {
    if (named.isa == isa) return named.name;
  }
  return "";
}

struct Choice {
  Isa isa;
  Bf16 bf16;  ///< at most
  const char* wrong;  ///< null: nothing is
  const char* asked;
};

Choice choose() {
  const Isa best = has(Isa::kAvx512) ? Isa::kAvx512 : has(Isa::kAvx2) ? Isa::kAvx2 : Isa::kPlain;
  const char* asked = std::getenv("DRCNN_CPU_ISA");
  if (asked == nullptr || *asked == '\0') return {best, Bf16::kTiles, nullptr, ""};
  for (const Named& named : kNamed) {
    if (std::strcmp(asked, named.name) != 0) continue;
    const bool there = has(named.isa) && (named.bf16 != Bf16::kPairs || has_pairs());
    return there ? Choice{named.isa, named.bf16, nullptr, asked} : Choice{best, Bf16::kNone, "is not what this processor has", asked};
  }
  return {best, Bf16::kNone, "is not an instruction set", asked};
}

const Choice& choice() {
  static const Choice made = choose();
  return made;
}

}  // namespace

Isa isa() {
  const Choice& made = choice();
  DRCNN_CHECK(
      made.wrong == nullptr, "DRCNN_CPU_ISA=", made.asked, " ", made.wrong, ": expected plain", has(Isa::kAvx2) ? ", avx2" : "",
      has(Isa::kAvx512) ? ", avx512" : "", has_pairs() ? ", avx512_bf16" : "", " or nothing");
  return made.isa;
}

Bf16 bf16() {
  static const Bf16 found = isa() != Isa::kAvx512 || !has_pairs()                     ? Bf16::kNone
                            : choice().bf16 == Bf16::kTiles && has_tiles() ? Bf16::kTiles
                                                                                       : Bf16::kPairs;
  return found;
}

}  // namespace drcnn

const char* drcnn_kernels_isa(void) {
  const char* name = nullptr;
  drcnn::guarded([&] { name = drcnn::name_of(drcnn::isa()); });
  return name;
}

const char* drcnn_kernels_bf16(void) {
  const char* name = nullptr;
  drcnn::guarded([&] {
    const drcnn::Bf16 by = drcnn::bf16();
    name = by == drcnn::Bf16::kTiles ? "amx" : by == drcnn::Bf16::kPairs ? "avx512_bf16" : "float32";
  });
  return name;
}
