// How a kernel's answer becomes libtorch's: a type's number is the same in both, and a failure an error with the kernel's sentence.
#pragma once

#include <c10/core/ScalarType.h>
#include <c10/util/Exception.h>

#include "drcnn_kernels.h"

namespace drcnn {

static_assert(
    static_cast<int>(at::kHalf) == drcnn_float16 && static_cast<int>(at::kFloat) == drcnn_float32 &&
        static_cast<int>(at::kDouble) == drcnn_float64 && static_cast<int>(at::kBFloat16) == drcnn_bfloat16,
    "drcnn_type has libtorch's numbers");

inline int32_t type_of(at::ScalarType type) { return static_cast<int32_t>(type); }

inline void done(int32_t status) { TORCH_CHECK(status == 0, drcnn_kernels_error()); }

}  // namespace drcnn
