// The shape all decoders share; private to this target.
#ifndef CIMAGE_DECODER_H
#define CIMAGE_DECODER_H

#include "cimage_decode.h"

struct cimage_decoder {
  cimage_header header;
  cimage_status (*read)(cimage_decoder *decoder, uint8_t *const *rows, uint32_t count,
                        cimage_failure *failure);
  void (*close)(cimage_decoder *decoder);
  uint32_t next_row;
  char warning[200];  // empty if there is none
};

typedef cimage_status cimage_opener(const uint8_t *bytes, size_t count,
                                    const cimage_options *options, cimage_decoder **decoder,
                                    cimage_failure *failure);

cimage_opener cimage_open_jpeg, cimage_open_png, cimage_open_webp, cimage_open_gif,
    cimage_open_bmp, cimage_open_tiff, cimage_open_heif, cimage_open_jxl, cimage_open_raw,
    cimage_open_dicom;

/// See cimage_copy_metadata.
int cimage_copy_png_exif(const uint8_t *bytes, size_t count, cimage_block *block);
int cimage_copy_heif_exif(const uint8_t *bytes, size_t count, cimage_block *block);
int cimage_copy_jxl_exif(const uint8_t *bytes, size_t count, cimage_block *block);
int cimage_copy_raw_preview(const uint8_t *bytes, size_t count, cimage_block *block);

/// Fills in `failure` and returns `status`.
cimage_status cimage_fail(cimage_failure *failure, cimage_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/// Refuses empty pictures and those over the limit.
cimage_status cimage_check_size(uint64_t width, uint64_t height, const cimage_options *options,
                                cimage_failure *failure);

/// Refuses a file that is too small for its picture to be an honest one: above 2^24 pixels, each 2048
/// must have cost a byte. A few bytes ask for a gigabyte otherwise, in formats in which a picture of
/// one colour costs nothing.
cimage_status cimage_check_density(uint64_t width, uint64_t height, size_t count,
                                   cimage_failure *failure);

/// Keeps the first warning.
void cimage_warn(cimage_decoder *decoder, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/// Makes every palette entry opaque black, as a new palette is in Pillow.
void cimage_clear_palette(cimage_header *header);

/// Copies the next `count` rows out of a picture that was decoded as a whole.
void cimage_copy_rows(cimage_decoder *decoder, const uint8_t *picture, uint8_t *const *rows,
                      uint32_t count);

#endif
