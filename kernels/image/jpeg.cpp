// JPEG by libjpeg (or libjpeg-turbo).
#include <csetjmp>
#include <cstdio>
#include <cstring>

#include <jpeglib.h>

#include <jerror.h>

#include "codec.h"

namespace drcnn_image {
namespace {

/// A progressive file may hold any number of scans of the whole image, each of a few bytes; honest ones hold about ten. So the time that a file
/// takes stays in proportion to its pixels.
constexpr int kMaxScans = 500;
constexpr int kLeastScans = 20;
constexpr int64_t kMostScannedPixels = int64_t{1} << 29;

/// libjpeg's error manager with a way back. The base comes first: libjpeg hands out pointers to it.
struct Errors {
  jpeg_error_mgr base;
  jmp_buf back;
  char text[JMSG_LENGTH_MAX];
};

[[noreturn]] void stop(j_common_ptr info) {
  auto* errors = reinterpret_cast<Errors*>(info->err);
  info->err->format_message(info, errors->text);
  std::longjmp(errors->back, 1);
}

/// Level -1 is a warning: libjpeg has met damaged data and would go on with grey or garbage. That the file ends without its marker is none
/// as long as nothing else is missing: what the entropy decoder lacks it says in another warning.
void on_message(j_common_ptr info, int level) {
  if (level >= 0) return;
  if (info->err->msg_code != JWRN_JPEG_EOF) stop(info);
  info->err->num_warnings++;
}

jpeg_error_mgr* install(Errors& errors) {
  jpeg_std_error(&errors.base);
  errors.base.error_exit = stop;
  errors.base.emit_message = on_message;
  errors.text[0] = '\0';
  return &errors.base;
}

struct Decoder {
  jpeg_decompress_struct info;
  jpeg_progress_mgr progress;
  Errors errors;
};

void limit_scans(j_common_ptr info) {
  auto* decoder = reinterpret_cast<j_decompress_ptr>(info);
  const int64_t pixels = int64_t{decoder->image_width} * decoder->image_height;
  const int64_t affordable = pixels > 0 ? kMostScannedPixels / pixels : kMaxScans;
  const int most = static_cast<int>(affordable < kLeastScans ? kLeastScans : affordable > kMaxScans ? kMaxScans : affordable);
  if (decoder->input_scan_number <= most) return;
  auto* errors = reinterpret_cast<Errors*>(info->err);
  std::snprintf(errors->text, sizeof errors->text, "it holds more than %d scans", most);
  std::longjmp(errors->back, 1);
}

void open(Decoder& decoder, Bytes bytes) {
  jpeg_create_decompress(&decoder.info);
  std::memset(&decoder.progress, 0, sizeof decoder.progress);
  decoder.progress.progress_monitor = limit_scans;
  decoder.info.progress = &decoder.progress;
  jpeg_mem_src(&decoder.info, bytes.data, static_cast<unsigned long>(bytes.size));
  jpeg_read_header(&decoder.info, TRUE);
}

bool read_size(Decoder& decoder, Bytes bytes, int32_t* width, int32_t* height) {
  if (setjmp(decoder.errors.back) != 0) return false;
  open(decoder, bytes);
  *width = static_cast<int32_t>(decoder.info.image_width);
  *height = static_cast<int32_t>(decoder.info.image_height);
  return true;
}

/// Whether a file without end marker can have lost nothing else: each component had its scan, and of a progressive file all bits are there. The
/// arithmetic decoder does not say what it lacks.
bool has_all_scans(const jpeg_decompress_struct& info) {
  for (int component = 0; component < info.num_components; component++) {
    if (info.comp_info[component].quant_table == nullptr) return false;
    for (int k = 0; info.coef_bits != nullptr && k < DCTSIZE2; k++) {
      if (info.coef_bits[component][k] != 0) return false;
    }
  }
  return !info.arith_code;
}

/// (a * b / 255), rounded.
uint8_t scale255(unsigned a, unsigned b) {
  const unsigned product = a * b + 128;
  return static_cast<uint8_t>(((product >> 8) + product) >> 8);
}

/// Adobe writes CMYK inverted: 255 means no ink.
void cmyk_to_rgb(const uint8_t* cmyk, unsigned width, bool inverted, uint8_t* rgb) {
  for (unsigned x = 0; x < width; x++, cmyk += 4, rgb += 3) {
    const unsigned no_black = inverted ? cmyk[3] : 255u - cmyk[3];
    for (int channel = 0; channel < 3; channel++) {
      const unsigned ink = inverted ? 255u - cmyk[channel] : cmyk[channel];
      rgb[channel] = static_cast<uint8_t>(no_black - scale255(ink, no_black));
    }
  }
}

bool read_pixels(Decoder& decoder, Bytes bytes, uint8_t* pixels, int64_t pixels_size) {
  if (setjmp(decoder.errors.back) != 0) return false;
  jpeg_decompress_struct& info = decoder.info;
  open(decoder, bytes);
  const bool four = info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
  info.out_color_space = four ? JCS_CMYK : JCS_RGB;
  jpeg_start_decompress(&info);
  const size_t row_bytes = size_t{info.output_width} * 3;
  if (static_cast<int64_t>(row_bytes * info.output_height) != pixels_size) {
    std::snprintf(decoder.errors.text, sizeof decoder.errors.text, "its size changes between its headers");
    return false;
  }
  JSAMPARRAY inks = nullptr;
  if (four) {
    inks = (*info.mem->alloc_sarray)(reinterpret_cast<j_common_ptr>(&info), JPOOL_IMAGE, info.output_width * 4, 1);
  }
  while (info.output_scanline < info.output_height) {
    uint8_t* row = pixels + info.output_scanline * row_bytes;
    jpeg_read_scanlines(&info, four ? inks : &row, 1);
    if (four) cmyk_to_rgb(inks[0], info.output_width, info.saw_Adobe_marker != 0, row);
  }
  const bool whole = has_all_scans(info);
  jpeg_finish_decompress(&info);
  if (whole || info.err->num_warnings == 0) return true;
  std::snprintf(decoder.errors.text, sizeof decoder.errors.text, "the data ends early");
  return false;
}

int32_t damaged(const Errors& errors) { return fail(DRCNN_IMAGE_DAMAGED, "the JPEG data is damaged: %s", errors.text); }

struct Encoder {
  jpeg_compress_struct info;
  jpeg_destination_mgr destination;
  Errors errors;
  Output* output;
};

/// libjpeg writes between next_output_byte and the end of free_in_buffer; here that is the output's free room.
void offer_room(j_compress_ptr info) {
  auto* encoder = static_cast<Encoder*>(info->client_data);
  if (!grow(*encoder->output, 65536)) {
    std::snprintf(encoder->errors.text, sizeof encoder->errors.text, "memory is short");
    std::longjmp(encoder->errors.back, 1);
  }
  encoder->destination.next_output_byte = encoder->output->data + encoder->output->size;
  encoder->destination.free_in_buffer = encoder->output->capacity - encoder->output->size;
}

boolean take_full_buffer(j_compress_ptr info) {
  auto* encoder = static_cast<Encoder*>(info->client_data);
  encoder->output->size = encoder->output->capacity;
  offer_room(info);
  return TRUE;
}

void take_rest(j_compress_ptr info) {
  auto* encoder = static_cast<Encoder*>(info->client_data);
  encoder->output->size = encoder->output->capacity - encoder->destination.free_in_buffer;
}

bool write_pixels(Encoder& encoder, const uint8_t* pixels, int32_t width, int32_t height, int32_t quality) {
  if (setjmp(encoder.errors.back) != 0) return false;
  jpeg_compress_struct& info = encoder.info;
  jpeg_create_compress(&info);
  info.client_data = &encoder;
  encoder.destination.init_destination = offer_room;
  encoder.destination.empty_output_buffer = take_full_buffer;
  encoder.destination.term_destination = take_rest;
  info.dest = &encoder.destination;
  info.image_width = static_cast<JDIMENSION>(width);
  info.image_height = static_cast<JDIMENSION>(height);
  info.input_components = 3;
  info.in_color_space = JCS_RGB;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, quality, TRUE);
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    JSAMPROW row = const_cast<uint8_t*>(pixels) + size_t{info.next_scanline} * width * 3;
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  return true;
}

}  // namespace

bool is_jpeg(Bytes bytes) {
  return bytes.size >= 3 && bytes.data[0] == 0xFF && bytes.data[1] == 0xD8 && bytes.data[2] == 0xFF;
}

int32_t jpeg_size(Bytes bytes, int32_t* width, int32_t* height) {
  Decoder decoder;
  std::memset(&decoder.info, 0, sizeof decoder.info);
  decoder.info.err = install(decoder.errors);
  const bool done = read_size(decoder, bytes, width, height);
  jpeg_destroy_decompress(&decoder.info);
  return done ? DRCNN_IMAGE_OK : damaged(decoder.errors);
}

int32_t jpeg_decode(Bytes bytes, uint8_t* pixels, int64_t pixels_size) {
  Decoder decoder;
  std::memset(&decoder.info, 0, sizeof decoder.info);
  decoder.info.err = install(decoder.errors);
  const bool done = read_pixels(decoder, bytes, pixels, pixels_size);
  jpeg_destroy_decompress(&decoder.info);
  return done ? DRCNN_IMAGE_OK : damaged(decoder.errors);
}

int32_t jpeg_encode(const uint8_t* pixels, int32_t width, int32_t height, int32_t quality, Output& output) {
  Encoder encoder;
  std::memset(&encoder.info, 0, sizeof encoder.info);
  encoder.info.err = install(encoder.errors);
  encoder.output = &output;
  const bool done = write_pixels(encoder, pixels, width, height, quality);
  jpeg_destroy_compress(&encoder.info);
  if (done) return DRCNN_IMAGE_OK;
  return fail(DRCNN_IMAGE_BAD_ARGUMENT, "the picture could not be written as JPEG: %s", encoder.errors.text);
}

}  // namespace drcnn_image
