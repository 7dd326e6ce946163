// Which form of bfloat16 this processor has.
#include "convolution_bf16.h"
#include "isa.h"

namespace drcnn::conv::bf16 {

Form form() {
#if DRCNN_X86
  if (drcnn::bf16() != Bf16::kNone) return {&pairs::version, drcnn::bf16() == Bf16::kTiles};
#endif
  return {&widened::version, false};
}

Form form_of(const Shape& shape) {
  const Form best = form();
  return !best.tiles && winograd_repays(shape) ? Form{&widened::version, false} : best;
}

}  // namespace drcnn::conv::bf16
