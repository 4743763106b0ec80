// Decoders for JPEG, PNG, WebP, GIF, BMP, TIFF, DICOM, and, where their libraries are there at run time,
// HEIC, AVIF, JPEG XL and camera RAW, behind one pull interface: open, look at the header, read rows
// from top to bottom, close.
#ifndef CIMAGE_DECODE_H
#define CIMAGE_DECODE_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

typedef enum cimage_status {
  CIMAGE_OK = 0,
  CIMAGE_TRUNCATED,    // the data end before the picture does
  CIMAGE_CORRUPT,      // the data contradict the format
  CIMAGE_TOO_LARGE,    // more pixels than the caller allows
  CIMAGE_UNSUPPORTED,  // a valid file of a kind that is not read here
  CIMAGE_NO_MEMORY,
  CIMAGE_NO_LIBRARY,   // a library is not on this machine; the message is its name
} cimage_status;

/// Why a call failed; `message` is a clause in English, at most 199 bytes.
typedef struct cimage_failure {
  cimage_status status;
  char message[200];
} cimage_failure;

typedef enum cimage_format {
  CIMAGE_JPEG,
  CIMAGE_PNG,
  CIMAGE_WEBP,
  CIMAGE_GIF,
  CIMAGE_BMP,
  CIMAGE_TIFF,
  CIMAGE_HEIF,  // HEIC and AVIF
  CIMAGE_JXL,
  CIMAGE_RAW,
  CIMAGE_DICOM,
} cimage_format;

/// The modes Pillow opens files in. Bytes a pixel: see cimage_bytes_per_pixel.
typedef enum cimage_mode {
  CIMAGE_BILEVEL,     // "1": 0 or 255
  CIMAGE_GREY,        // "L"
  CIMAGE_GREY_ALPHA,  // "LA"
  CIMAGE_PALETTE,     // "P": index into the header's palette
  CIMAGE_RGB,         // "RGB", four bytes a pixel, the fourth is 255
  CIMAGE_RGBA,        // "RGBA", straight alpha
  CIMAGE_CMYK,        // "CMYK", 255 is full ink
} cimage_mode;

typedef struct cimage_header {
  cimage_mode mode;
  uint32_t width;          // of the rows that will be read
  uint32_t height;
  uint32_t stored_width;   // of the file, before reduction
  uint32_t stored_height;
  uint8_t palette[1024];   // 256 x R, G, B, A; opaque black where the file has no entry
} cimage_header;

typedef struct cimage_options {
  uint64_t maximum_pixels;
  // JPEG only: decode at 1/8, 1/4 or 1/2 where both sides stay at least this long; 0 = full size.
  uint32_t reduced_side;
} cimage_options;

typedef struct cimage_decoder cimage_decoder;

/// Reads the header and checks it against the limits. `bytes` must outlive the decoder.
cimage_status cimage_open(cimage_format format, const uint8_t *bytes, size_t count,
                          const cimage_options *options,
                          cimage_decoder *_Nullable *_Nonnull decoder, cimage_failure *failure);

const cimage_header *cimage_get_header(const cimage_decoder *decoder);

/// Reads the next `count` rows, each width x bytes-per-pixel long. After a failure, only close.
cimage_status cimage_read_rows(cimage_decoder *decoder, uint8_t *_Nonnull const *_Nonnull rows,
                               uint32_t count, cimage_failure *failure);

/// What was wrong with the file though its rows could be read, as a clause; nil if nothing. Known when
/// the last row was read.
const char *_Nullable cimage_get_warning(const cimage_decoder *decoder);

void cimage_close(cimage_decoder *decoder);

/// Bytes that were copied out of a file; `memory` is to be released with cimage_free.
typedef struct cimage_block {
  void *_Nullable memory;
  const uint8_t *bytes;
  size_t count;
} cimage_block;

/// Of HEIC, AVIF and JPEG XL the TIFF structure that holds EXIF, of PNG the one in a text chunk, of RAW
/// the preview, a JPEG.
/// Returns 0 if there is none, if it cannot be read, or for other formats.
int cimage_copy_metadata(cimage_format format, const uint8_t *bytes, size_t count,
                         cimage_block *block);

/// 1, 2 or 4.
uint32_t cimage_bytes_per_pixel(cimage_mode mode);

const char *cimage_failure_message(const cimage_failure *failure);

#pragma clang assume_nonnull end
#endif
