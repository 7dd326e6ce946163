// Which instruction set the CPU's kernels use, asked at run time: every kernel is compiled for each of them.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__)
#define DRCNN_X86 1
#define DRCNN_FOR_AVX2 __attribute__((target("avx2,fma")))
#define DRCNN_FOR_AVX512 __attribute__((target("avx2,fma,avx512f,avx512vl,avx512bw,avx512dq,prefer-vector-width=512")))
#else
#define DRCNN_X86 0
#define DRCNN_FOR_AVX2
#define DRCNN_FOR_AVX512
#endif

// The body of a kernel becomes part of each of its versions.
#if defined(__GNUC__)
#define DRCNN_INLINE inline __attribute__((always_inline))
#else
#define DRCNN_INLINE inline
#endif

namespace drcnn {

enum class Isa { kPlain, kAvx2, kAvx512 };

/// The processor's, or what DRCNN_CPU_ISA names; throws where that is none of them or the processor lacks it.
Isa isa();

/// What multiplies numbers of bfloat16: nothing of the processor's, AVX-512's dot products of pairs, AMX's tiles. As isa().
enum class Bf16 { kNone, kPairs, kTiles };
Bf16 bf16();

}  // namespace drcnn

/// Defines `void name parameters` as body arguments, compiled for each instruction set; body is DRCNN_INLINE. Where no sum may depend on
/// the processor, the file is compiled with -ffp-contract=off: then fused multiply-adds are not used, and all versions agree to the bit.
#define DRCNN_VERSIONS(name, parameters, body, arguments)            \
  DRCNN_FOR_AVX512 void name##_avx512 parameters { body arguments; } \
  DRCNN_FOR_AVX2 void name##_avx2 parameters { body arguments; }     \
  void name##_plain parameters { body arguments; }                   \
  void name parameters {                                             \
    switch (isa()) {                                                 \
      case Isa::kAvx512: return name##_avx512 arguments;             \
      case Isa::kAvx2: return name##_avx2 arguments;                 \
      case Isa::kPlain: return name##_plain arguments;               \
    }                                                                \
  }
