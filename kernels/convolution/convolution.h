// A convolution padded by half its kernel, plus a bias and a residual, with a ReLU behind it: what a detector's layers are made of, in
// one pass over the outputs; and its gradients. Letters: N images, C input channels, O output channels, H x W map, T taps.
//
// convolution_plain.h says what is computed. The fast forms, of float32, are matrix products (product.h):
//   most shapes       gather.h: weight [O, C T] times what each pixel sees, [C T, pixels], packed a group of pixels at a time
//   3x3 of stride 1   winograd.h: Winograd's minimal filtering (Winograd 1980; Lavin and Gray, Fast Algorithms for Convolutional Neural
//                     Networks, 2016), 36 products for 4 x 4 outputs instead of 144, where the size repays the transforms
//   weights           weight_gradient.h: what each pixel sees times the outputs' gradients, summed over pixels; matrix.h, where taps are
//                     one and both sides large, as in linear layers; and winograd_gradient.h, Winograd's algorithm turned round
// They are compiled once for each instruction set (versions/). The same bits for any number of threads.
#pragma once

#include <cstdint>

#include "finish.h"

namespace drcnn::conv {

constexpr int64_t kMostKernel = 15, kMostStride = 1024, kMostSide = int64_t{1} << 20;

/// The sizes of one convolution.
struct Shape {
  int64_t batch, channels, outputs, height, width, kernel, stride;

  static constexpr int64_t output_side(int64_t side, int64_t stride) { return side == 0 ? 0 : (side - 1) / stride + 1; }

  int64_t out_height() const { return output_side(height, stride); }
  int64_t out_width() const { return output_side(width, stride); }
  int64_t pixels() const { return height * width; }
  int64_t out_pixels() const { return out_height() * out_width(); }
  int64_t taps() const { return kernel * kernel; }
  int64_t padding() const { return kernel / 2; }
};

/// The fast forms of one instruction set; the arguments are those of drcnn_kernels.h, none of the results is empty.
struct Version {
  void (*forward)(const Shape& shape, const float* input, const float* weight, const Finish& finish, float* output);
  void (*input_gradient)(const Shape& shape, const float* grad, const float* weight, float* grad_input);
  void (*weight_gradient)(const Shape& shape, const float* input, const float* grad, float* grad_weight);
};

/// Of this processor.
const Version& version();

namespace plain {
extern const Version version;
}
namespace avx2 {
extern const Version version;
}
namespace avx512 {
extern const Version version;
}

/// Whether a 3x3 convolution of stride 1 takes less time by Winograd's algorithm than by one product: 36 products a tile instead of 9 a
/// pixel, less well filled, and what the taps' values take, as much as some 1200 products (measured with AVX2 and AVX-512). Asked of one
/// image: its outputs must not depend on its batch.
inline bool winograd_repays(const Shape& shape) {
  const int64_t tiles = ((shape.height + 3) / 4) * ((shape.width + 3) / 4);
  return shape.kernel == 3 && shape.stride == 1 && shape.channels >= 16 && shape.outputs >= 16 &&
         9 * shape.pixels() > 47 * tiles + 1200;
}

}  // namespace drcnn::conv
