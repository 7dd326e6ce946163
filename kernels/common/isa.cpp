#include "isa.h"

#include <cstdlib>
#include <cstring>

#include "host.h"

namespace drcnn {
namespace {

struct Named {
  const char* name;
  Isa isa;
};
constexpr Named kNamed[] = {{"plain", Isa::kPlain}, {"avx2", Isa::kAvx2}, {"avx512", Isa::kAvx512}};

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

const char* name_of(Isa isa) {
  for (const Named& named : kNamed) {
    if (named.isa == isa) return named.name;
  }
  return "";
}

struct Choice {
  Isa isa;
  const char* wrong;  ///< null: nothing is
  const char* asked;
};

Choice choose() {
  const Isa best = has(Isa::kAvx512) ? Isa::kAvx512 : has(Isa::kAvx2) ? Isa::kAvx2 : Isa::kPlain;
  const char* asked = std::getenv("DRCNN_CPU_ISA");
  if (asked == nullptr || *asked == '\0') return {best, nullptr, ""};
  for (const Named& named : kNamed) {
    if (std::strcmp(asked, named.name) != 0) continue;
    return has(named.isa) ? Choice{named.isa, nullptr, asked} : Choice{best, "is not what this processor has", asked};
  }
  return {best, "is not an instruction set", asked};
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
      has(Isa::kAvx512) ? ", avx512" : "", " or nothing");
  return made.isa;
}

}  // namespace drcnn

const char* drcnn_kernels_isa(void) {
  const char* name = nullptr;
  drcnn::guarded([&] { name = drcnn::name_of(drcnn::isa()); });
  return name;
}
