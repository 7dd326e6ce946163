// Runs the bodies of the CUDA kernels on the CPU against the CPU's operators. Built with the address sanitizer.
#include "check.h"

int main() {
  using namespace drcnn::tests;
  at::manual_seed(1);
  at::set_num_threads(1);
  roi_align_tests();
  nms_tests();
  random_keys_tests();
  deform_conv2d_tests();
  std::printf("%d checks, %d failures\n", checks, failures);
  return failures == 0 ? 0 : 1;
}
