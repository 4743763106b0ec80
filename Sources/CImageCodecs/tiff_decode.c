// TIFF through libtiff. Rows of contiguous samples are read in Pillow's native modes; everything
// else (tiles, planes, YCbCr, ...) goes through libtiff's RGBA interface.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>

#include "cimage_pixels.h"
#include "decoder.h"
#include "lab.h"

typedef struct {
  cimage_decoder base;
  TIFF *tiff;
  const uint8_t *bytes;
  uint64_t count;
  uint64_t position;
  char reason[1024];  // libtiff's last complaint; TIFFRGBAImageOK asks for 1024
  int reads_pixels;  // no longer the tags: a file that is cut off may then lack a sixteenth
  int by_rows;
  uint16_t bits, samples, photometric;
  int associated_alpha;
  uint8_t *line;      // one stored row, by_rows only
  uint32_t *picture;  // the whole picture otherwise
} tiff_decoder;

static tmsize_t read_bytes(thandle_t handle, void *destination, tmsize_t size) {
  tiff_decoder *decoder = handle;
  if (size <= 0 || decoder->position >= decoder->count) return 0;
  uint64_t length = decoder->count - decoder->position;
  if (length > (uint64_t)size) length = (uint64_t)size;
  memcpy(destination, decoder->bytes + decoder->position, length);
  uint64_t missing = (uint64_t)size - length;
  if (decoder->reads_pixels && missing > 0 && missing <= decoder->count / 16) {
    memset((uint8_t *)destination + length, 0, missing);
    cimage_warn(&decoder->base, "the data end within its last rows");
    length += missing;
  }
  decoder->position += length;
  return (tmsize_t)length;
}

static tmsize_t write_bytes(thandle_t handle, void *source, tmsize_t size) {
  (void)handle, (void)source, (void)size;
  return 0;
}

static toff_t seek(thandle_t handle, toff_t offset, int whence) {
  tiff_decoder *decoder = handle;
  if (whence == SEEK_CUR) offset += decoder->position;
  if (whence == SEEK_END) offset += decoder->count;
  return decoder->position = offset;
}

static int close_handle(thandle_t handle) {
  (void)handle;
  return 0;
}

static toff_t size_of(thandle_t handle) { return ((tiff_decoder *)handle)->count; }

static int on_error(TIFF *tiff, void *context, const char *module, const char *format,
                    va_list arguments) {
  (void)tiff, (void)module;
  tiff_decoder *decoder = context;
  vsnprintf(decoder->reason, sizeof decoder->reason, format, arguments);
  return 1;
}

static int on_warning(TIFF *tiff, void *context, const char *module, const char *format,
                      va_list arguments) {
  (void)tiff, (void)context, (void)module, (void)format, (void)arguments;
  return 1;
}

static void close_tiff(cimage_decoder *base) {
  tiff_decoder *decoder = (tiff_decoder *)base;
  if (decoder->tiff) TIFFClose(decoder->tiff);
  free(decoder->line);
  free(decoder->picture);
  free(decoder);
}

static cimage_status fail_from(tiff_decoder *decoder, cimage_failure *failure) {
  return cimage_fail(failure, CIMAGE_CORRUPT, "libtiff says: %.150s",
                     decoder->reason[0] ? decoder->reason : "it cannot be read");
}

/// One sample of 1, 2, 4, 8 or 16 bits, stretched to 0...255 unless it is an index.
static inline uint8_t sample(const tiff_decoder *decoder, size_t index) {
  uint32_t bits = decoder->bits;
  if (bits == 8) return decoder->line[index];
  if (bits == 16) return (uint8_t)(((const uint16_t *)decoder->line)[index] >> 8);
  uint32_t maximum = (1u << bits) - 1;
  size_t position = index * bits;
  uint32_t value = (decoder->line[position / 8] >> (8 - bits - position % 8)) & maximum;
  return (uint8_t)(decoder->base.header.mode == CIMAGE_PALETTE ? value : value * 255 / maximum);
}

static void unpack_row(const tiff_decoder *decoder, uint8_t *row) {
  const cimage_header *header = &decoder->base.header;
  size_t width = header->width, stored = decoder->samples;
  uint32_t size = cimage_bytes_per_pixel(header->mode);
  uint32_t used = header->mode == CIMAGE_RGB ? 3 : size;
  for (size_t x = 0; x < width; x++) {
    for (uint32_t channel = 0; channel < used; channel++) {
      row[x * size + channel] = sample(decoder, x * stored + channel);
    }
    if (used < size) row[x * size + used] = 255;
  }
  if (decoder->photometric == PHOTOMETRIC_MINISWHITE) {
    for (size_t x = 0; x < width; x++) row[x * size] ^= 255;
  }
  if (decoder->photometric == PHOTOMETRIC_CIELAB || decoder->photometric == PHOTOMETRIC_ICCLAB) {
    // Two's complement, or around 128 already. libtiff's own conversion is that of a television set.
    uint8_t sign = decoder->photometric == PHOTOMETRIC_ICCLAB ? 0 : 128;
    for (size_t x = 0; x < width; x++) {
      uint8_t *pixel = row + x * size;
      pixel[1] ^= sign;
      pixel[2] ^= sign;
      cimage_lab_to_rgb(pixel);
    }
  }
  if (decoder->associated_alpha && header->mode == CIMAGE_RGBA) {
    cimage_unpremultiply_rgba(row, width);
  }
}

static cimage_status read_whole(tiff_decoder *decoder, cimage_failure *failure) {
  const cimage_header *header = &decoder->base.header;
  decoder->picture = malloc((size_t)header->width * header->height * 4);
  if (!decoder->picture) {
    return cimage_fail(failure, CIMAGE_NO_MEMORY, "there is not enough memory for its pixels");
  }
  // The caller turns the picture: libtiff must not.
  TIFFSetField(decoder->tiff, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
  if (!TIFFReadRGBAImageOriented(decoder->tiff, header->width, header->height, decoder->picture,
                                 ORIENTATION_TOPLEFT, 1)) {
    return fail_from(decoder, failure);
  }
  // libtiff multiplies colours by alpha.
  if (header->mode == CIMAGE_RGBA) {
    cimage_unpremultiply_rgba((uint8_t *)decoder->picture, (size_t)header->width * header->height);
  }
  return CIMAGE_OK;
}

static cimage_status read_tiff(cimage_decoder *base, uint8_t *const *rows, uint32_t count,
                               cimage_failure *failure) {
  tiff_decoder *decoder = (tiff_decoder *)base;
  if (!decoder->by_rows) {
    if (!decoder->picture) {
      cimage_status status = read_whole(decoder, failure);
      if (status != CIMAGE_OK) return status;
    }
    cimage_copy_rows(base, (const uint8_t *)decoder->picture, rows, count);
    return CIMAGE_OK;
  }
  for (uint32_t row = 0; row < count; row++) {
    if (TIFFReadScanline(decoder->tiff, decoder->line, base->next_row + row, 0) < 0) {
      return fail_from(decoder, failure);
    }
    unpack_row(decoder, rows[row]);
  }
  return CIMAGE_OK;
}

static void read_palette(tiff_decoder *decoder) {
  uint16_t *colours[3];
  cimage_header *header = &decoder->base.header;
  cimage_clear_palette(header);
  if (!TIFFGetField(decoder->tiff, TIFFTAG_COLORMAP, &colours[0], &colours[1], &colours[2])) {
    return;
  }
  for (size_t entry = 0; entry < (size_t)1 << decoder->bits; entry++) {
    for (int channel = 0; channel < 3; channel++) {
      header->palette[4 * entry + channel] = (uint8_t)(colours[channel][entry] >> 8);
    }
  }
}

/// The native mode, where rows can be read as they are.
static int choose_rows(tiff_decoder *decoder) {
  cimage_header *header = &decoder->base.header;
  TIFF *tiff = decoder->tiff;
  uint16_t planar = PLANARCONFIG_CONTIG, format = SAMPLEFORMAT_UINT, extra_count = 0;
  uint16_t *extras = NULL;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &planar);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &format);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &decoder->bits);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &decoder->samples);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &extra_count, &extras);
  if (!TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &decoder->photometric)) return 0;
  int alpha = extra_count > 0 && extras && extras[0] != EXTRASAMPLE_UNSPECIFIED;
  decoder->associated_alpha = alpha && extras[0] == EXTRASAMPLE_ASSOCALPHA;
  header->mode = alpha ? CIMAGE_RGBA : CIMAGE_RGB;
  uint16_t bits = decoder->bits, samples = decoder->samples;
  if (TIFFIsTiled(tiff) || planar != PLANARCONFIG_CONTIG || format != SAMPLEFORMAT_UINT ||
      (bits != 1 && bits != 2 && bits != 4 && bits != 8 && bits != 16) ||
      (bits < 8 && samples != 1) || samples == 0 || samples > 8) {
    return 0;
  }
  switch (decoder->photometric) {
    case PHOTOMETRIC_MINISBLACK:
    case PHOTOMETRIC_MINISWHITE:
      header->mode = samples > 1 && alpha ? CIMAGE_GREY_ALPHA
                     : bits == 1         ? CIMAGE_BILEVEL
                                         : CIMAGE_GREY;
      return 1;
    case PHOTOMETRIC_PALETTE:
      if (bits > 8) return 0;
      header->mode = CIMAGE_PALETTE;
      read_palette(decoder);
      return 1;
    case PHOTOMETRIC_CIELAB:
    case PHOTOMETRIC_ICCLAB: return bits >= 8 && samples >= (alpha ? 4 : 3);
    case PHOTOMETRIC_RGB: return samples >= (alpha ? 4 : 3);
    case PHOTOMETRIC_SEPARATED:
      if (samples < 4) return 0;
      header->mode = CIMAGE_CMYK;
      return 1;
    default: return 0;
  }
}

static cimage_status open_handle(tiff_decoder *decoder, const cimage_options *options,
                                 cimage_failure *failure) {
  TIFFOpenOptions *settings = TIFFOpenOptionsAlloc();
  if (!settings) return cimage_fail(failure, CIMAGE_NO_MEMORY, "there is not enough memory");
  // Eight bytes a pixel (RGBA at 16 bits) for a strip of the whole picture, and tables besides.
  uint64_t limit = options->maximum_pixels > INT64_MAX / 16 ? INT64_MAX / 2
                                                            : options->maximum_pixels * 8;
  TIFFOpenOptionsSetMaxSingleMemAlloc(settings, (tmsize_t)(limit + ((uint64_t)1 << 24)));
  TIFFOpenOptionsSetErrorHandlerExtR(settings, on_error, decoder);
  TIFFOpenOptionsSetWarningHandlerExtR(settings, on_warning, decoder);
  decoder->tiff = TIFFClientOpenExt("picture", "rm", decoder, read_bytes, write_bytes, seek,
                                    close_handle, size_of, NULL, NULL, settings);
  TIFFOpenOptionsFree(settings);
  return decoder->tiff ? CIMAGE_OK : fail_from(decoder, failure);
}

static cimage_status read_header(tiff_decoder *decoder, const cimage_options *options,
                                 cimage_failure *failure) {
  cimage_status status = open_handle(decoder, options, failure);
  if (status != CIMAGE_OK) return status;
  cimage_header *header = &decoder->base.header;
  if (!TIFFGetField(decoder->tiff, TIFFTAG_IMAGEWIDTH, &header->width) ||
      !TIFFGetField(decoder->tiff, TIFFTAG_IMAGELENGTH, &header->height)) {
    return cimage_fail(failure, CIMAGE_CORRUPT, "it does not say how large it is");
  }
  header->stored_width = header->width;
  header->stored_height = header->height;
  status = cimage_check_size(header->width, header->height, options, failure);
  if (status == CIMAGE_OK) {
    status = cimage_check_density(header->width, header->height, decoder->count, failure);
  }
  if (status != CIMAGE_OK) return status;
  decoder->by_rows = choose_rows(decoder);
  if (decoder->by_rows) {
    // libtiff may write a whole stored row, which must be as long as its tags say.
    uint64_t expected =
        ((uint64_t)header->width * decoder->samples * decoder->bits + 7) / 8;
    tmsize_t actual = TIFFScanlineSize(decoder->tiff);
    if (actual <= 0 || (uint64_t)actual != expected) {
      return cimage_fail(failure, CIMAGE_CORRUPT, "its rows are not as long as its tags say");
    }
    decoder->line = malloc(expected);
    if (!decoder->line) {
      return cimage_fail(failure, CIMAGE_NO_MEMORY, "there is not enough memory for its pixels");
    }
  } else if (!TIFFRGBAImageOK(decoder->tiff, decoder->reason)) {
    return cimage_fail(failure, CIMAGE_UNSUPPORTED, "libtiff says: %.150s", decoder->reason);
  }
  return CIMAGE_OK;
}

cimage_status cimage_open_tiff(const uint8_t *bytes, size_t count, const cimage_options *options,
                               cimage_decoder **result, cimage_failure *failure) {
  tiff_decoder *decoder = calloc(1, sizeof *decoder);
  if (!decoder) return cimage_fail(failure, CIMAGE_NO_MEMORY, "there is not enough memory");
  decoder->base.read = read_tiff;
  decoder->base.close = close_tiff;
  decoder->bytes = bytes;
  decoder->count = count;
  cimage_status status = read_header(decoder, options, failure);
  decoder->reads_pixels = 1;
  if (status != CIMAGE_OK) {
    close_tiff(&decoder->base);
    return status;
  }
  *result = &decoder->base;
  return CIMAGE_OK;
}
