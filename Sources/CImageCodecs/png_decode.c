// PNG through libpng. Modes as Pillow's PngImagePlugin; 16-bit samples keep their high byte (Pillow
// does so for colour; for grey, where Pillow would clip later, it is this package's decision).
#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "decoder.h"

typedef struct {
  cimage_decoder base;
  png_structp png;
  png_infop info;
  const uint8_t *bytes;
  size_t count;
  size_t position;
  cimage_failure *failure;
  int interlaced;
  int finishing;
  uint8_t *picture;     // interlaced files only
  png_bytepp pointers;  // interlaced files only
} png_decoder;

static void on_error(png_structp png, png_const_charp message) {
  png_decoder *decoder = png_get_error_ptr(png);
  if (decoder->failure->status == CIMAGE_OK) {
    cimage_fail(decoder->failure, CIMAGE_CORRUPT, "libpng says: %.150s", message);
  }
  png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

static void read_bytes(png_structp png, png_bytep destination, size_t count) {
  png_decoder *decoder = png_get_io_ptr(png);
  if (count > decoder->count - decoder->position) {
    cimage_fail(decoder->failure, CIMAGE_TRUNCATED, "the data end too early");
    png_error(png, "the data end too early");
  }
  memcpy(destination, decoder->bytes + decoder->position, count);
  decoder->position += count;
}

static void close_png(cimage_decoder *base) {
  png_decoder *decoder = (png_decoder *)base;
  png_destroy_read_struct(&decoder->png, &decoder->info, NULL);
  free(decoder->picture);
  free(decoder->pointers);
  free(decoder);
}

static cimage_status read_interlaced(png_decoder *decoder, cimage_failure *failure) {
  const cimage_header *header = &decoder->base.header;
  size_t stride = (size_t)header->width * cimage_bytes_per_pixel(header->mode);
  decoder->picture = malloc(stride * header->height);
  decoder->pointers = malloc(sizeof *decoder->pointers * header->height);
  if (!decoder->picture || !decoder->pointers) {
    return cimage_fail(failure, CIMAGE_NO_MEMORY, "there is not enough memory for its pixels");
  }
  for (size_t row = 0; row < header->height; row++) {
    decoder->pointers[row] = decoder->picture + row * stride;
  }
  png_read_image(decoder->png, decoder->pointers);
  return CIMAGE_OK;
}

static cimage_status read_png(cimage_decoder *base, uint8_t *const *rows, uint32_t count,
                              cimage_failure *failure) {
  png_decoder *decoder = (png_decoder *)base;
  decoder->failure = failure;
  if (setjmp(png_jmpbuf(decoder->png))) {
    if (!decoder->finishing) return failure->status;
    cimage_warn(base, "its end is missing or damaged");
    return CIMAGE_OK;
  }
  if (decoder->interlaced) {
    if (!decoder->picture) {
      cimage_status status = read_interlaced(decoder, failure);
      if (status != CIMAGE_OK) return status;
    }
    cimage_copy_rows(base, decoder->picture, rows, count);
  } else {
    png_read_rows(decoder->png, (png_bytepp)rows, NULL, count);
  }
  if (base->next_row + count == base->header.height) {
    // Whatever comes now is no failure any more: all pixels are here.
    decoder->finishing = 1;
    png_read_end(decoder->png, NULL);
  }
  return CIMAGE_OK;
}

static void copy_palette(png_decoder *decoder) {
  cimage_header *header = &decoder->base.header;
  cimage_clear_palette(header);
  png_colorp colours = NULL;
  int colour_count = 0;
  png_get_PLTE(decoder->png, decoder->info, &colours, &colour_count);
  for (int entry = 0; entry < colour_count && entry < 256; entry++) {
    header->palette[4 * entry] = colours[entry].red;
    header->palette[4 * entry + 1] = colours[entry].green;
    header->palette[4 * entry + 2] = colours[entry].blue;
  }
  png_bytep alphas = NULL;
  int alpha_count = 0;
  png_get_tRNS(decoder->png, decoder->info, &alphas, &alpha_count, NULL);
  for (int entry = 0; alphas && entry < alpha_count && entry < 256; entry++) {
    header->palette[4 * entry + 3] = alphas[entry];
  }
}

/// Chooses the mode and asks libpng for the matching rows.
static void choose_mode(png_decoder *decoder) {
  png_structp png = decoder->png;
  cimage_header *header = &decoder->base.header;
  int depth = png_get_bit_depth(png, decoder->info);
  if (depth == 16) png_set_strip_16(png);
  switch (png_get_color_type(png, decoder->info)) {
    case PNG_COLOR_TYPE_GRAY:
      header->mode = depth == 1 ? CIMAGE_BILEVEL : CIMAGE_GREY;
      if (depth < 8) png_set_expand_gray_1_2_4_to_8(png);
      break;
    case PNG_COLOR_TYPE_PALETTE:
      header->mode = CIMAGE_PALETTE;
      png_set_packing(png);
      copy_palette(decoder);
      break;
    case PNG_COLOR_TYPE_GRAY_ALPHA:
      // Pillow knows grey with alpha at 8 bits only.
      header->mode = depth == 16 ? CIMAGE_RGBA : CIMAGE_GREY_ALPHA;
      if (depth == 16) png_set_gray_to_rgb(png);
      break;
    case PNG_COLOR_TYPE_RGB:
      header->mode = CIMAGE_RGB;
      png_set_filler(png, 255, PNG_FILLER_AFTER);
      break;
    case PNG_COLOR_TYPE_RGB_ALPHA: header->mode = CIMAGE_RGBA; break;
    default: png_error(png, "unknown colour type");
  }
}

cimage_status cimage_open_png(const uint8_t *bytes, size_t count, const cimage_options *options,
                              cimage_decoder **result, cimage_failure *failure) {
  png_decoder *decoder = calloc(1, sizeof *decoder);
  if (!decoder) return cimage_fail(failure, CIMAGE_NO_MEMORY, "there is not enough memory");
  decoder->base.read = read_png;
  decoder->base.close = close_png;
  decoder->bytes = bytes;
  decoder->count = count;
  decoder->failure = failure;
  decoder->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, decoder, on_error, on_warning);
  if (decoder->png) decoder->info = png_create_info_struct(decoder->png);
  if (!decoder->info) {
    close_png(&decoder->base);
    return cimage_fail(failure, CIMAGE_NO_MEMORY, "there is not enough memory");
  }
  png_structp png = decoder->png;
  if (setjmp(png_jmpbuf(png))) {
    close_png(&decoder->base);
    return failure->status;
  }
  // Text and colour profiles are not needed here, and may be bombs.
  static const png_byte unwanted[] =
      "bKGD\0cHRM\0eXIf\0gAMA\0hIST\0iCCP\0iTXt\0oFFs\0pCAL\0pHYs\0sBIT\0sCAL\0sPLT\0sRGB\0"
      "tEXt\0tIME\0zTXt";
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, unwanted, sizeof unwanted / 5);
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_crc_action(png, PNG_CRC_DEFAULT, PNG_CRC_WARN_DISCARD);
  png_set_read_fn(png, decoder, read_bytes);
  png_read_info(png, decoder->info);

  cimage_header *header = &decoder->base.header;
  header->width = header->stored_width = png_get_image_width(png, decoder->info);
  header->height = header->stored_height = png_get_image_height(png, decoder->info);
  cimage_status status = cimage_check_size(header->width, header->height, options, failure);
  if (status == CIMAGE_OK) {
    status = cimage_check_density(header->width, header->height, count, failure);
  }
  // Deflate cannot expand more than 1032-fold.
  if (status == CIMAGE_OK &&
      (uint64_t)png_get_rowbytes(png, decoder->info) * header->height / 1040 > count) {
    status = cimage_fail(failure, CIMAGE_TRUNCATED,
                         "%zu bytes cannot hold a picture of %u x %u pixels", count,
                         header->width, header->height);
  }
  if (status != CIMAGE_OK) {
    close_png(&decoder->base);
    return status;
  }
  choose_mode(decoder);
  decoder->interlaced = png_set_interlace_handling(png) > 1;
  png_read_update_info(png, decoder->info);
  if (png_get_rowbytes(png, decoder->info) !=
      (size_t)header->width * cimage_bytes_per_pixel(header->mode)) {
    png_error(png, "rows of an unexpected length");
  }
  *result = &decoder->base;
  return CIMAGE_OK;
}
