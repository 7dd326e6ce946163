// What jpeg.cpp offers to drcnn_image.cpp and takes from it: failing with a text, and growing output.
//
// libjpeg reports errors by longjmp. So a function that calls setjmp holds only plain data, whatever it must
// release lives in a struct of its caller, and the caller is an ordinary function.
#pragma once

#include <cstddef>
#include <cstdint>

#include "drcnn_image.h"

namespace drcnn_image {

/// Stores the text for drcnn_image_last_error and returns the status.
__attribute__((format(printf, 2, 3))) int32_t fail(int32_t status, const char* format, ...);

struct Bytes {
  const uint8_t* data;
  size_t size;
};

/// Output that grows; plain memory, so that a longjmp past it loses nothing.
struct Output {
  uint8_t* data = nullptr;
  size_t size = 0;
  size_t capacity = 0;
};

/// Makes room for at least more bytes behind size. False when memory is short; the output is then unchanged.
bool grow(Output& output, size_t more);

bool is_jpeg(Bytes bytes);
int32_t jpeg_size(Bytes bytes, int32_t* width, int32_t* height);
int32_t jpeg_decode(Bytes bytes, uint8_t* pixels, int64_t pixels_size);
int32_t jpeg_encode(const uint8_t* pixels, int32_t width, int32_t height, int32_t quality, Output& output);

}  // namespace drcnn_image
