/* JPEG from and to memory, as 8-bit RGB rows without padding. Needs libjpeg only.

   Functions return DRCNN_IMAGE_OK or another status; the text of the failure, a clause without a full stop, is then in
   drcnn_image_last_error() until the thread's next call. Data is never trusted: truncated or damaged data is an error,
   warnings of libjpeg included, but a picture that is whole may lack its end marker. Nothing outlives a failed call. All functions may be called from any thread. */
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DRCNN_IMAGE_API __attribute__((visibility("default")))

enum {
  DRCNN_IMAGE_OK = 0,
  DRCNN_IMAGE_UNKNOWN_FORMAT = 1, /* not JPEG */
  DRCNN_IMAGE_DAMAGED = 2,        /* truncated, corrupt, or of a kind the codec does not know */
  DRCNN_IMAGE_BAD_ARGUMENT = 3
};

/* The last failure on this thread; never NULL. */
DRCNN_IMAGE_API const char* drcnn_image_last_error(void);

/* Width and height as the header states them, at least 1; reads nothing behind the header. */
DRCNN_IMAGE_API int32_t
drcnn_image_read_size(const uint8_t* data, int64_t size, int32_t* width, int32_t* height);

/* Decodes into pixels, which must hold exactly width * height * 3 bytes of the size that drcnn_image_read_size states;
   so the caller decides, before anything is allocated, whether an image is too large. Grey becomes RGB, CMYK and YCCK
   (Adobe's inverted values too) become RGB. Orientation tags and colour profiles are ignored. After a failure the
   contents of pixels are unspecified. */
DRCNN_IMAGE_API int32_t
drcnn_image_decode(const uint8_t* data, int64_t size, uint8_t* pixels, int64_t pixels_size);

/* Encodes width x height RGB pixels; quality is 1 to 100. *data belongs to the caller: drcnn_image_free. */
DRCNN_IMAGE_API int32_t drcnn_image_encode_jpeg(
    const uint8_t* pixels, int32_t width, int32_t height, int32_t quality, uint8_t** data, int64_t* size);

DRCNN_IMAGE_API void drcnn_image_free(uint8_t* data);

#ifdef __cplusplus
}
#endif
