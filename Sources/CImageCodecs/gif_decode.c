// The first frame of a GIF through giflib, on its canvas, as Pillow's GifImagePlugin shows it:
// outside of the frame the transparent index, or 0; a palette that is the identity makes it grey.
#include <gif_lib.h>
#include <stdlib.h>
#include <string.h>

#include "decoder.h"

// The longest string of an LZW table of 4096 codes, spelt by one code of 12 bits.
enum { maximum_pixels_per_byte = 4096 * 8 / 12 + 1 };

typedef struct {
  cimage_decoder base;
  GifFileType *gif;
  const uint8_t *bytes;
  size_t count;
  size_t position;
  int transparent;
  uint8_t *picture;
} gif_decoder;

static int read_bytes(GifFileType *gif, GifByteType *destination, int count) {
  gif_decoder *decoder = gif->UserData;
  size_t rest = decoder->count - decoder->position;
  size_t length = count < 0 ? 0 : (size_t)count < rest ? (size_t)count : rest;
  memcpy(destination, decoder->bytes + decoder->position, length);
  decoder->position += length;
  return (int)length;
}

static void close_gif(cimage_decoder *base) {
  gif_decoder *decoder = (gif_decoder *)base;
  if (decoder->gif) DGifCloseFile(decoder->gif, NULL);
  free(decoder->picture);
  free(decoder);
}

static cimage_status fail_from(gif_decoder *decoder, int code, cimage_failure *failure) {
  if (decoder->position == decoder->count) {
    return cimage_fail(failure, CIMAGE_TRUNCATED, "the data end too early");
  }
  const char *reason = GifErrorString(code);
  return cimage_fail(failure, CIMAGE_CORRUPT, "giflib says: %.150s",
                     reason ? reason : "unknown error");
}

/// Reads records up to the first picture, remembering its transparent index.
static cimage_status seek_first_frame(gif_decoder *decoder, cimage_failure *failure) {
  GifFileType *gif = decoder->gif;
  for (;;) {
    GifRecordType type;
    if (DGifGetRecordType(gif, &type) == GIF_ERROR) return fail_from(decoder, gif->Error, failure);
    if (type == IMAGE_DESC_RECORD_TYPE) {
      if (DGifGetImageDesc(gif) == GIF_ERROR) return fail_from(decoder, gif->Error, failure);
      return CIMAGE_OK;
    }
    if (type != EXTENSION_RECORD_TYPE) {
      return cimage_fail(failure, CIMAGE_CORRUPT, "it ends before its first frame");
    }
    int code;
    GifByteType *block;
    if (DGifGetExtension(gif, &code, &block) == GIF_ERROR) {
      return fail_from(decoder, gif->Error, failure);
    }
    while (block) {
      if (code == GRAPHICS_EXT_FUNC_CODE && block[0] >= 4 && (block[1] & 1)) {
        decoder->transparent = block[4];
      }
      if (DGifGetExtensionNext(gif, &block) == GIF_ERROR) {
        return fail_from(decoder, gif->Error, failure);
      }
    }
  }
}

static void choose_mode(gif_decoder *decoder) {
  cimage_header *header = &decoder->base.header;
  const ColorMapObject *map = decoder->gif->Image.ColorMap;
  if (!map) map = decoder->gif->SColorMap;
  cimage_clear_palette(header);
  int identity = 1;
  for (int entry = 0; map && entry < map->ColorCount && entry < 256; entry++) {
    GifColorType colour = map->Colors[entry];
    header->palette[4 * entry] = colour.Red;
    header->palette[4 * entry + 1] = colour.Green;
    header->palette[4 * entry + 2] = colour.Blue;
    identity &= colour.Red == entry && colour.Green == entry && colour.Blue == entry;
  }
  if (decoder->transparent >= 0) header->palette[4 * decoder->transparent + 3] = 0;
  header->mode = identity ? CIMAGE_GREY : CIMAGE_PALETTE;
}

static cimage_status decode_frame(gif_decoder *decoder, cimage_failure *failure) {
  static const int first_row[] = {0, 4, 2, 1}, row_step[] = {8, 8, 4, 2};
  const cimage_header *header = &decoder->base.header;
  const GifImageDesc *frame = &decoder->gif->Image;
  size_t pixels = (size_t)header->width * header->height;
  decoder->picture = malloc(pixels);
  if (!decoder->picture) {
    return cimage_fail(failure, CIMAGE_NO_MEMORY, "there is not enough memory for its pixels");
  }
  memset(decoder->picture, decoder->transparent >= 0 ? decoder->transparent : 0, pixels);
  uint8_t *corner = decoder->picture + (size_t)frame->Top * header->width + frame->Left;
  for (int pass = 0; pass < (frame->Interlace ? 4 : 1); pass++) {
    int first = frame->Interlace ? first_row[pass] : 0;
    int step = frame->Interlace ? row_step[pass] : 1;
    for (int row = first; row < frame->Height; row += step) {
      if (DGifGetLine(decoder->gif, corner + (size_t)row * header->width, frame->Width) ==
          GIF_ERROR) {
        // Its end is no more than a line away, if it is not only the sign of the end that is missing.
        if (pass == (frame->Interlace ? 3 : 0) && row + step >= frame->Height && row > 0) {
          cimage_warn(&decoder->base, "the data end within its last line");
          return CIMAGE_OK;
        }
        return fail_from(decoder, decoder->gif->Error, failure);
      }
    }
  }
  return CIMAGE_OK;
}

static cimage_status read_gif(cimage_decoder *base, uint8_t *const *rows, uint32_t count,
                              cimage_failure *failure) {
  gif_decoder *decoder = (gif_decoder *)base;
  if (!decoder->picture) {
    cimage_status status = decode_frame(decoder, failure);
    if (status != CIMAGE_OK) return status;
  }
  cimage_copy_rows(base, decoder->picture, rows, count);
  return CIMAGE_OK;
}

static cimage_status read_header(gif_decoder *decoder, const cimage_options *options,
                                 cimage_failure *failure) {
  int code = 0;
  decoder->gif = DGifOpen(decoder, read_bytes, &code);
  if (!decoder->gif) return fail_from(decoder, code, failure);
  cimage_status status = seek_first_frame(decoder, failure);
  if (status != CIMAGE_OK) return status;
  const GifImageDesc *frame = &decoder->gif->Image;
  if (frame->Width <= 0 || frame->Height <= 0 || frame->Left < 0 || frame->Top < 0) {
    return cimage_fail(failure, CIMAGE_CORRUPT, "its first frame has no pixels");
  }
  uint64_t right = (uint64_t)frame->Left + (uint64_t)frame->Width;
  uint64_t bottom = (uint64_t)frame->Top + (uint64_t)frame->Height;
  uint64_t width = (uint64_t)decoder->gif->SWidth, height = (uint64_t)decoder->gif->SHeight;
  if (right > width) width = right;
  if (bottom > height) height = bottom;
  status = cimage_check_size(width, height, options, failure);
  if (status == CIMAGE_OK) status = cimage_check_density(width, height, decoder->count, failure);
  if (status != CIMAGE_OK) return status;
  if ((uint64_t)frame->Width * (uint64_t)frame->Height / maximum_pixels_per_byte >
      decoder->count) {
    return cimage_fail(failure, CIMAGE_TRUNCATED,
                       "%zu bytes cannot hold a frame of %d x %d pixels", decoder->count,
                       frame->Width, frame->Height);
  }
  cimage_header *header = &decoder->base.header;
  header->width = header->stored_width = (uint32_t)width;
  header->height = header->stored_height = (uint32_t)height;
  choose_mode(decoder);
  return CIMAGE_OK;
}

cimage_status cimage_open_gif(const uint8_t *bytes, size_t count, const cimage_options *options,
                              cimage_decoder **result, cimage_failure *failure) {
  gif_decoder *decoder = calloc(1, sizeof *decoder);
  if (!decoder) return cimage_fail(failure, CIMAGE_NO_MEMORY, "there is not enough memory");
  decoder->base.read = read_gif;
  decoder->base.close = close_gif;
  decoder->bytes = bytes;
  decoder->count = count;
  decoder->transparent = -1;
  cimage_status status = read_header(decoder, options, failure);
  if (status != CIMAGE_OK) {
    close_gif(&decoder->base);
    return status;
  }
  *result = &decoder->base;
  return CIMAGE_OK;
}
