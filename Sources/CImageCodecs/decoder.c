#include "decoder.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

cimage_status cimage_open(cimage_format format, const uint8_t *bytes, size_t count,
                          const cimage_options *options, cimage_decoder **decoder,
                          cimage_failure *failure) {
  *decoder = NULL;
  failure->status = CIMAGE_OK;
  failure->message[0] = 0;
  switch (format) {
    case CIMAGE_JPEG: return cimage_open_jpeg(bytes, count, options, decoder, failure);
    case CIMAGE_PNG: return cimage_open_png(bytes, count, options, decoder, failure);
    case CIMAGE_WEBP: return cimage_open_webp(bytes, count, options, decoder, failure);
    case CIMAGE_GIF: return cimage_open_gif(bytes, count, options, decoder, failure);
    case CIMAGE_BMP: return cimage_open_bmp(bytes, count, options, decoder, failure);
    case CIMAGE_TIFF: return cimage_open_tiff(bytes, count, options, decoder, failure);
    case CIMAGE_HEIF: return cimage_open_heif(bytes, count, options, decoder, failure);
    case CIMAGE_JXL: return cimage_open_jxl(bytes, count, options, decoder, failure);
    case CIMAGE_RAW: return cimage_open_raw(bytes, count, options, decoder, failure);
    case CIMAGE_DICOM: return cimage_open_dicom(bytes, count, options, decoder, failure);
  }
  return cimage_fail(failure, CIMAGE_UNSUPPORTED, "the format is not known");
}

int cimage_copy_metadata(cimage_format format, const uint8_t *bytes, size_t count,
                         cimage_block *block) {
  switch (format) {
    case CIMAGE_PNG: return cimage_copy_png_exif(bytes, count, block);
    case CIMAGE_HEIF: return cimage_copy_heif_exif(bytes, count, block);
    case CIMAGE_JXL: return cimage_copy_jxl_exif(bytes, count, block);
    case CIMAGE_RAW: return cimage_copy_raw_preview(bytes, count, block);
    default: return 0;
  }
}

const cimage_header *cimage_get_header(const cimage_decoder *decoder) {
  return &decoder->header;
}

cimage_status cimage_read_rows(cimage_decoder *decoder, uint8_t *const *rows, uint32_t count,
                               cimage_failure *failure) {
  if (count > decoder->header.height - decoder->next_row) {
    return cimage_fail(failure, CIMAGE_CORRUPT, "rows beyond the end were asked for");
  }
  cimage_status status = decoder->read(decoder, rows, count, failure);
  if (status == CIMAGE_OK) decoder->next_row += count;
  return status;
}

const char *cimage_get_warning(const cimage_decoder *decoder) {
  return decoder->warning[0] ? decoder->warning : NULL;
}

void cimage_close(cimage_decoder *decoder) { decoder->close(decoder); }

uint32_t cimage_bytes_per_pixel(cimage_mode mode) {
  switch (mode) {
    case CIMAGE_BILEVEL:
    case CIMAGE_GREY:
    case CIMAGE_PALETTE: return 1;
    case CIMAGE_GREY_ALPHA: return 2;
    case CIMAGE_RGB:
    case CIMAGE_RGBA:
    case CIMAGE_CMYK: return 4;
  }
  return 4;
}

const char *cimage_failure_message(const cimage_failure *failure) { return failure->message; }

cimage_status cimage_fail(cimage_failure *failure, cimage_status status, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(failure->message, sizeof failure->message, format, arguments);
  va_end(arguments);
  failure->status = status;
  return status;
}

void cimage_warn(cimage_decoder *decoder, const char *format, ...) {
  if (decoder->warning[0]) return;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(decoder->warning, sizeof decoder->warning, format, arguments);
  va_end(arguments);
}

cimage_status cimage_check_density(uint64_t width, uint64_t height, size_t count,
                                   cimage_failure *failure) {
  const uint64_t free_pixels = (uint64_t)1 << 24, pixels_per_byte = 2048;
  if (width * height <= free_pixels || width * height / pixels_per_byte <= count) {
    return CIMAGE_OK;
  }
  return cimage_fail(failure, CIMAGE_TRUNCATED,
                     "%zu bytes are too few for a picture of %llu x %llu pixels", count,
                     (unsigned long long)width, (unsigned long long)height);
}

cimage_status cimage_check_size(uint64_t width, uint64_t height, const cimage_options *options,
                                cimage_failure *failure) {
  if (width == 0 || height == 0) {
    return cimage_fail(failure, CIMAGE_CORRUPT, "it says it is %llu x %llu pixels",
                       (unsigned long long)width, (unsigned long long)height);
  }
  // Sides stay below 2^31 so that products with four bytes a pixel stay below 2^63.
  if (width > INT32_MAX || height > INT32_MAX || width * height > options->maximum_pixels) {
    return cimage_fail(failure, CIMAGE_TOO_LARGE,
                       "%llu x %llu pixels are more than the limit of %llu",
                       (unsigned long long)width, (unsigned long long)height,
                       (unsigned long long)options->maximum_pixels);
  }
  return CIMAGE_OK;
}

void cimage_clear_palette(cimage_header *header) {
  memset(header->palette, 0, sizeof header->palette);
  for (int entry = 0; entry < 256; entry++) header->palette[4 * entry + 3] = 255;
}

void cimage_copy_rows(cimage_decoder *decoder, const uint8_t *picture, uint8_t *const *rows,
                      uint32_t count) {
  size_t stride = (size_t)decoder->header.width * cimage_bytes_per_pixel(decoder->header.mode);
  for (uint32_t row = 0; row < count; row++) {
    memcpy(rows[row], picture + (decoder->next_row + row) * stride, stride);
  }
}
