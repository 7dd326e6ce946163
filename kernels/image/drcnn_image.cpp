// The C functions of drcnn_image.h: checks and ownership.
#include "drcnn_image.h"

#include <cstdarg>
#include <cstdio>
#include <cstdlib>

#include "codec.h"

namespace drcnn_image {
namespace {

thread_local char last_error[256] = "";

int32_t encoded(int32_t status, Output& output, uint8_t** data, int64_t* size) {
  if (status != DRCNN_IMAGE_OK) {
    std::free(output.data);
    return status;
  }
  *data = output.data;
  *size = static_cast<int64_t>(output.size);
  return DRCNN_IMAGE_OK;
}

int32_t check_picture(const uint8_t* pixels, int32_t width, int32_t height) {
  if (pixels != nullptr && width > 0 && height > 0) return DRCNN_IMAGE_OK;
  return fail(DRCNN_IMAGE_BAD_ARGUMENT, "a picture must have pixels, got %d x %d", width, height);
}

}  // namespace

int32_t fail(int32_t status, const char* format, ...) {
  std::va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(last_error, sizeof last_error, format, arguments);
  va_end(arguments);
  return status;
}

bool grow(Output& output, size_t more) {
  if (output.capacity - output.size >= more) return true;
  size_t capacity = output.capacity < 65536 ? 65536 : output.capacity * 2;
  if (capacity < output.size + more) capacity = output.size + more;
  auto* data = static_cast<uint8_t*>(std::realloc(output.data, capacity));
  if (data == nullptr) return false;
  output.data = data;
  output.capacity = capacity;
  return true;
}

}  // namespace drcnn_image

using namespace drcnn_image;

const char* drcnn_image_last_error(void) { return last_error; }

int32_t drcnn_image_read_size(const uint8_t* data, int64_t size, int32_t* width, int32_t* height) {
  const Bytes bytes{data, size > 0 && data != nullptr ? static_cast<size_t>(size) : 0};
  if (is_jpeg(bytes)) return jpeg_size(bytes, width, height);
  return fail(DRCNN_IMAGE_UNKNOWN_FORMAT, bytes.size == 0 ? "there is no data" : "this is not JPEG");
}

int32_t drcnn_image_decode(const uint8_t* data, int64_t size, uint8_t* pixels, int64_t pixels_size) {
  int32_t width = 0, height = 0;
  const int32_t status = drcnn_image_read_size(data, size, &width, &height);
  if (status != DRCNN_IMAGE_OK) return status;
  const int64_t row_bytes = int64_t{width} * 3;  // times height may exceed 64 bits
  if (pixels == nullptr || pixels_size % row_bytes != 0 || pixels_size / row_bytes != height) {
    return fail(
        DRCNN_IMAGE_BAD_ARGUMENT, "the buffer must hold 3 bytes for each of %d x %d pixels, got %lld", width, height,
        static_cast<long long>(pixels_size));
  }
  const Bytes bytes{data, static_cast<size_t>(size)};
  return jpeg_decode(bytes, pixels, pixels_size);
}

int32_t drcnn_image_encode_jpeg(
    const uint8_t* pixels, int32_t width, int32_t height, int32_t quality, uint8_t** data, int64_t* size) {
  const int32_t status = check_picture(pixels, width, height);
  if (status != DRCNN_IMAGE_OK) return status;
  if (quality < 1 || quality > 100) {
    return fail(DRCNN_IMAGE_BAD_ARGUMENT, "the JPEG quality must be from 1 to 100, got %d", quality);
  }
  Output output;
  return encoded(jpeg_encode(pixels, width, height, quality, output), output, data, size);
}

void drcnn_image_free(uint8_t* data) { std::free(data); }
