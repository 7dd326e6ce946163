// The CPU's operators on shapes and numbers that no model gives them, and the bodies of the CUDA kernels, run on the CPU, against
// them. Built with the sanitizers. The one argument: how many shapes are drawn for each operator.
#include <cstdlib>

#include "check.h"

int main(int count, char** arguments) {
  using namespace drcnn::tests;
  at::manual_seed(1);
  at::set_num_threads(1);
  roi_align_tests();
  nms_tests();
  random_keys_tests();
  deform_conv2d_tests();
  convolution_tests();
  max_pool_tests();
  hostile_tests(count > 1 ? std::atoll(arguments[1]) : 40);
  std::printf("%d checks, %d failures\n", checks, failures);
  return failures == 0 ? 0 : 1;
}
