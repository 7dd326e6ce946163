// PNG by libpng.
#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <cstring>

#include <png.h>

#include "codec.h"

namespace drcnn_image {
namespace {

constexpr uint8_t kSignature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
constexpr size_t kChunkFrame = 4 + 4 + 4;         // length, type, checksum
constexpr size_t kLeastChunkMemory = 1 << 20;  // so much a small file's colour profile may unpack to
constexpr size_t kHeaderSize = 8 + 4 + 4 + 13;  // signature, length, "IHDR", its fields

struct Reader {
  png_structp png = nullptr;
  png_infop info = nullptr;
  Bytes rest{};
  char text[128] = "memory is short";
};

struct Writer {
  png_structp png = nullptr;
  png_infop info = nullptr;
  Output* output = nullptr;
  char text[128] = "memory is short";
};

template <typename Owner>
[[noreturn]] void on_error(png_structp png, png_const_charp message) {
  auto* owner = static_cast<Owner*>(png_get_error_ptr(png));
  std::snprintf(owner->text, sizeof owner->text, "%s", message);
  png_longjmp(png, 1);
}

/// Warnings are about what does not reach the pixels (colour profiles, texts, wrong checksums of optional chunks).
void on_warning(png_structp, png_const_charp) {}

void read_bytes(png_structp png, png_bytep to, size_t count) {
  auto* reader = static_cast<Reader*>(png_get_io_ptr(png));
  if (count > reader->rest.size) png_error(png, "the data ends early");
  std::memcpy(to, reader->rest.data, count);
  reader->rest.data += count;
  reader->rest.size -= count;
}

void write_bytes(png_structp png, png_bytep from, size_t count) {
  auto* writer = static_cast<Writer*>(png_get_io_ptr(png));
  if (!grow(*writer->output, count)) png_error(png, "memory is short");
  std::memcpy(writer->output->data + writer->output->size, from, count);
  writer->output->size += count;
}

void flush_nothing(png_structp) {}

/// Whether no chunk claims more than the file holds: libpng takes, and clears, as much memory as a chunk says that it has.
bool chunks_fit(Bytes bytes) {
  for (size_t at = sizeof kSignature; at < bytes.size;) {
    const size_t rest = bytes.size - at;
    if (rest < kChunkFrame) return false;
    const uint8_t* chunk = bytes.data + at;
    const size_t length = png_get_uint_32(chunk);
    if (length > rest - kChunkFrame) return false;
    if (std::memcmp(chunk + 4, "IEND", 4) == 0) return true;  // what follows is not looked at
    at += kChunkFrame + length;
  }
  return true;
}

/// reader.png exists.
bool read_pixels(Reader& reader, uint8_t* pixels, int64_t pixels_size) {
  if (setjmp(png_jmpbuf(reader.png)) != 0) return false;
  png_structp png = reader.png;
  reader.info = png_create_info_struct(png);
  if (reader.info == nullptr) return false;
  png_set_read_fn(png, &reader, read_bytes);
  // What a text or a colour profile unpacks to.
  png_set_chunk_malloc_max(png, std::max<size_t>(reader.rest.size, kLeastChunkMemory));
  png_read_info(png, reader.info);
  png_set_expand(png);
  png_set_strip_16(png);
  png_set_strip_alpha(png);
  png_set_gray_to_rgb(png);
  const int passes = png_set_interlace_handling(png);
  png_read_update_info(png, reader.info);
  const size_t row_bytes = png_get_rowbytes(png, reader.info);
  const png_uint_32 height = png_get_image_height(png, reader.info);
  if (row_bytes != size_t{png_get_image_width(png, reader.info)} * 3 ||
      static_cast<int64_t>(row_bytes * height) != pixels_size) {
    png_error(png, "its rows are not RGB");
  }
  for (int pass = 0; pass < passes; pass++) {
    for (png_uint_32 y = 0; y < height; y++) png_read_row(png, pixels + y * row_bytes, nullptr);
  }
  png_read_end(png, nullptr);
  return true;
}

/// writer.png exists.
bool write_pixels(Writer& writer, const uint8_t* pixels, int32_t width, int32_t height) {
  if (setjmp(png_jmpbuf(writer.png)) != 0) return false;
  png_structp png = writer.png;
  writer.info = png_create_info_struct(png);
  if (writer.info == nullptr) return false;
  png_set_write_fn(png, &writer, write_bytes, flush_nothing);
  png_set_IHDR(
      png, writer.info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height), 8, PNG_COLOR_TYPE_RGB,
      PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, writer.info);
  for (int32_t y = 0; y < height; y++) png_write_row(png, pixels + size_t(y) * width * 3);
  png_write_end(png, writer.info);
  return true;
}

}  // namespace

bool is_png(Bytes bytes) {
  return bytes.size >= sizeof kSignature && std::memcmp(bytes.data, kSignature, sizeof kSignature) == 0;
}

int32_t png_size(Bytes bytes, int32_t* width, int32_t* height) {
  if (bytes.size < kHeaderSize || std::memcmp(bytes.data + 12, "IHDR", 4) != 0) {
    return fail(DRCNN_IMAGE_DAMAGED, "the PNG data is damaged: it has no header");
  }
  const png_uint_32 columns = png_get_uint_32(bytes.data + 16), rows = png_get_uint_32(bytes.data + 20);
  if (columns == 0 || rows == 0 || columns > PNG_UINT_31_MAX || rows > PNG_UINT_31_MAX) {
    return fail(DRCNN_IMAGE_DAMAGED, "the PNG data is damaged: its header states %u x %u pixels", columns, rows);
  }
  *width = static_cast<int32_t>(columns);
  *height = static_cast<int32_t>(rows);
  return DRCNN_IMAGE_OK;
}

int32_t png_decode(Bytes bytes, uint8_t* pixels, int64_t pixels_size) {
  if (!chunks_fit(bytes)) return fail(DRCNN_IMAGE_DAMAGED, "the PNG data is damaged: the data ends early");
  Reader reader;
  reader.rest = bytes;
  reader.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reader, on_error<Reader>, on_warning);
  const bool done = reader.png != nullptr && read_pixels(reader, pixels, pixels_size);
  png_destroy_read_struct(&reader.png, &reader.info, nullptr);
  return done ? DRCNN_IMAGE_OK : fail(DRCNN_IMAGE_DAMAGED, "the PNG data is damaged: %s", reader.text);
}

int32_t png_encode(const uint8_t* pixels, int32_t width, int32_t height, Output& output) {
  Writer writer;
  writer.output = &output;
  writer.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &writer, on_error<Writer>, on_warning);
  const bool done = writer.png != nullptr && write_pixels(writer, pixels, width, height);
  png_destroy_write_struct(&writer.png, &writer.info);
  if (done) return DRCNN_IMAGE_OK;
  return fail(DRCNN_IMAGE_BAD_ARGUMENT, "the picture could not be written as PNG: %s", writer.text);
}

}  // namespace drcnn_image
