// Windows and OS/2 bitmaps, as Pillow's BmpImagePlugin reads them: 1, 4, 8, 16, 24 and 32 bits,
// bit fields, RLE4 and RLE8; a palette that is a grey ramp makes the picture grey.
#include <stdlib.h>
#include <string.h>

#include "decoder.h"

enum { raw = 0, rle8 = 1, rle4 = 2, bit_fields = 3 };

typedef struct {
  uint32_t shift, bits;
} field;

typedef struct {
  cimage_decoder base;
  const uint8_t *bytes;
  size_t count;
  size_t data;      // where the pixels begin
  size_t stride;    // of an uncompressed row
  uint32_t bits;
  uint32_t compression;
  int top_down;
  field fields[4];  // red, green, blue, alpha; of no bits where absent
  uint8_t *picture;  // run-length coded files only
  uint8_t *tail;     // the last stored row, where the file ends within it
} bmp_decoder;

static uint32_t read16(const uint8_t *bytes) { return bytes[0] | (uint32_t)bytes[1] << 8; }
static uint32_t read32(const uint8_t *bytes) { return read16(bytes) | read16(bytes + 2) << 16; }

static void close_bmp(cimage_decoder *base) {
  free(((bmp_decoder *)base)->picture);
  free(((bmp_decoder *)base)->tail);
  free(base);
}

static field field_of(uint32_t mask) {
  field result = {0, 0};
  if (mask == 0) return result;
  while (!(mask & 1)) mask >>= 1, result.shift++;
  while (mask & 1) mask >>= 1, result.bits++;
  if (mask != 0) result.bits = UINT32_MAX;  // a mask with a hole
  return result;
}

/// The value of a field, stretched to 0...255.
static uint8_t sample(uint32_t pixel, field part) {
  uint32_t maximum = (1u << part.bits) - 1;
  return (uint8_t)(((pixel >> part.shift) & maximum) * 255 / maximum);
}

static void unpack_row(const bmp_decoder *decoder, const uint8_t *source, uint8_t *row) {
  uint32_t width = decoder->base.header.width;
  switch (decoder->bits) {
    case 1:
      for (uint32_t x = 0; x < width; x++) row[x] = (source[x / 8] >> (7 - x % 8)) & 1;
      break;
    case 4:
      for (uint32_t x = 0; x < width; x++) row[x] = (source[x / 2] >> (x % 2 ? 0 : 4)) & 15;
      break;
    case 8: memcpy(row, source, width); break;
    case 24:
      for (uint32_t x = 0; x < width; x++) {
        row[4 * x] = source[3 * x + 2];
        row[4 * x + 1] = source[3 * x + 1];
        row[4 * x + 2] = source[3 * x];
        row[4 * x + 3] = 255;
      }
      break;
    default:
      for (uint32_t x = 0; x < width; x++) {
        uint32_t pixel =
            decoder->bits == 16 ? read16(source + 2 * (size_t)x) : read32(source + 4 * (size_t)x);
        for (int channel = 0; channel < 4; channel++) {
          row[4 * x + channel] =
              decoder->fields[channel].bits ? sample(pixel, decoder->fields[channel]) : 255;
        }
      }
  }
  if (decoder->base.header.mode == CIMAGE_BILEVEL) {
    for (uint32_t x = 0; x < width; x++) row[x] = row[x] ? 255 : 0;
  }
}

/// Runs, literal pixels, line ends and jumps, bottom row first. What no run touches stays 0.
static cimage_status decode_runs(bmp_decoder *decoder, cimage_failure *failure) {
  const size_t width = decoder->base.header.width, height = decoder->base.header.height;
  const int four = decoder->compression == rle4;
  decoder->picture = calloc(height, width);
  if (!decoder->picture) {
    return cimage_fail(failure, CIMAGE_NO_MEMORY, "there is not enough memory for its pixels");
  }
  size_t position = decoder->data, x = 0, y = 0;
  while (y < height && decoder->count - position >= 2) {
    uint32_t length = decoder->bytes[position], value = decoder->bytes[position + 1];
    position += 2;
    uint8_t *row = decoder->picture + y * width;
    if (length > 0) {
      for (uint32_t index = 0; index < length && x < width; index++, x++) {
        row[x] = (uint8_t)(!four ? value : index % 2 ? value & 15 : value >> 4);
      }
    } else if (value == 0) {
      x = 0;
      y++;
    } else if (value == 1) {
      return CIMAGE_OK;
    } else if (value == 2) {
      if (decoder->count - position < 2) break;
      x += decoder->bytes[position];
      y += decoder->bytes[position + 1];
      position += 2;
      if (x > width) x = width;
    } else {
      size_t bytes = four ? (value + 1) / 2 : value;
      if (decoder->count - position < bytes) break;
      const uint8_t *source = decoder->bytes + position;
      for (uint32_t index = 0; index < value && x < width; index++, x++) {
        row[x] = !four ? source[index]
                       : (uint8_t)(index % 2 ? source[index / 2] & 15 : source[index / 2] >> 4);
      }
      position += bytes + bytes % 2;
      if (position > decoder->count) position = decoder->count;
    }
  }
  if (y >= height || (y == height - 1 && x >= width)) return CIMAGE_OK;
  return cimage_fail(failure, CIMAGE_TRUNCATED, "the data end too early");
}

static cimage_status read_bmp(cimage_decoder *base, uint8_t *const *rows, uint32_t count,
                              cimage_failure *failure) {
  bmp_decoder *decoder = (bmp_decoder *)base;
  const int runs = decoder->compression == rle4 || decoder->compression == rle8;
  if (runs && !decoder->picture) {
    cimage_status status = decode_runs(decoder, failure);
    if (status != CIMAGE_OK) return status;
  }
  for (uint32_t index = 0; index < count; index++) {
    size_t row = base->next_row + index;
    size_t stored = decoder->top_down ? row : base->header.height - 1 - row;
    if (runs) {
      memcpy(rows[index], decoder->picture + stored * base->header.width, base->header.width);
    } else {
      const uint8_t *source = decoder->bytes + decoder->data + stored * decoder->stride;
      unpack_row(decoder, decoder->tail && stored == base->header.height - 1 ? decoder->tail : source,
                 rows[index]);
    }
  }
  return CIMAGE_OK;
}

static cimage_status read_palette(bmp_decoder *decoder, size_t offset, uint32_t colours,
                                  uint32_t entry_size, cimage_failure *failure) {
  cimage_header *header = &decoder->base.header;
  cimage_clear_palette(header);
  if (colours > 65536) {
    return cimage_fail(failure, CIMAGE_CORRUPT, "it says its palette has %u colours", colours);
  }
  if ((size_t)colours * entry_size > decoder->count - offset) {
    return cimage_fail(failure, CIMAGE_TRUNCATED, "the data end within its palette");
  }
  int grey = 1;
  for (uint32_t entry = 0; entry < colours && entry < 256; entry++) {
    const uint8_t *colour = decoder->bytes + offset + (size_t)entry * entry_size;
    header->palette[4 * entry] = colour[2];
    header->palette[4 * entry + 1] = colour[1];
    header->palette[4 * entry + 2] = colour[0];
    uint32_t ramp = colours == 2 && entry == 1 ? 255 : entry;
    grey &= colour[0] == ramp && colour[1] == ramp && colour[2] == ramp;
  }
  header->mode = !grey ? CIMAGE_PALETTE : colours <= 2 ? CIMAGE_BILEVEL : CIMAGE_GREY;
  return CIMAGE_OK;
}

/// Sets the fields of 16 and 32 bits a pixel from masks for red, green, blue and alpha.
static cimage_status set_fields(bmp_decoder *decoder, const uint32_t *masks,
                                cimage_failure *failure) {
  for (int channel = 0; channel < 4; channel++) {
    decoder->fields[channel] = field_of(masks[channel]);
    field part = decoder->fields[channel];
    if (part.bits > 8 || part.shift + part.bits > decoder->bits ||
        (channel < 3 && part.bits == 0)) {
      return cimage_fail(failure, CIMAGE_UNSUPPORTED, "its bit masks are of a kind not read here");
    }
  }
  decoder->base.header.mode = decoder->fields[3].bits ? CIMAGE_RGBA : CIMAGE_RGB;
  return CIMAGE_OK;
}

static cimage_status choose_pixels(bmp_decoder *decoder, uint32_t header_size, uint32_t colours,
                                   cimage_failure *failure) {
  size_t after_header = 14 + (size_t)header_size;
  if (decoder->compression == bit_fields) {
    if (decoder->bits != 16 && decoder->bits != 32 && decoder->bits != 24) {
      return cimage_fail(failure, CIMAGE_UNSUPPORTED, "it has bit masks for %u bits a pixel",
                         decoder->bits);
    }
    // The masks follow the fields of the 40-byte header, inside of longer headers.
    if (decoder->count < 14 + 40 + 12) {
      return cimage_fail(failure, CIMAGE_TRUNCATED, "the data end within its header");
    }
    uint32_t masks[4] = {0, 0, 0, 0};
    for (int channel = 0; channel < (header_size >= 56 ? 4 : 3); channel++) {
      masks[channel] = read32(decoder->bytes + 54 + 4 * channel);
    }
    if (decoder->bits == 24) {
      decoder->base.header.mode = CIMAGE_RGB;
      return CIMAGE_OK;
    }
    return set_fields(decoder, masks, failure);
  }
  static const uint32_t masks15[] = {0x7C00, 0x3E0, 0x1F, 0};
  static const uint32_t masks32[] = {0xFF0000, 0xFF00, 0xFF, 0};
  switch (decoder->bits) {
    case 1:
    case 4:
    case 8:
      if (colours == 0) colours = 1u << decoder->bits;
      return read_palette(decoder, after_header, colours, header_size == 12 ? 3 : 4, failure);
    case 16: return set_fields(decoder, masks15, failure);
    case 24: decoder->base.header.mode = CIMAGE_RGB; return CIMAGE_OK;
    case 32: return set_fields(decoder, masks32, failure);
    default:
      return cimage_fail(failure, CIMAGE_UNSUPPORTED, "it has %u bits a pixel", decoder->bits);
  }
}

/// A file that ends within its last stored row is read, as viewers do: often it is only the padding that
/// was left out.
static cimage_status keep_tail(bmp_decoder *decoder, size_t rest, cimage_failure *failure) {
  const cimage_header *header = &decoder->base.header;
  size_t before = decoder->stride * (header->height - 1);
  if (header->height < 2 || rest < before) {
    return cimage_fail(failure, CIMAGE_TRUNCATED, "the data end too early");
  }
  decoder->tail = calloc(1, decoder->stride);
  if (!decoder->tail) {
    return cimage_fail(failure, CIMAGE_NO_MEMORY, "there is not enough memory for its pixels");
  }
  memcpy(decoder->tail, decoder->bytes + decoder->data + before, rest - before);
  if (rest - before < ((size_t)header->width * decoder->bits + 7) / 8) {
    cimage_warn(&decoder->base, "the data end within its last row");
  }
  return CIMAGE_OK;
}

static cimage_status read_header(bmp_decoder *decoder, const cimage_options *options,
                                 cimage_failure *failure) {
  const uint8_t *bytes = decoder->bytes;
  if (decoder->count < 18) {
    return cimage_fail(failure, CIMAGE_TRUNCATED, "the data end within its header");
  }
  uint32_t header_size = read32(bytes + 14);
  if (header_size != 12 && header_size != 40 && header_size != 52 && header_size != 56 &&
      header_size != 64 && header_size != 108 && header_size != 124) {
    return cimage_fail(failure, CIMAGE_UNSUPPORTED, "it has a header of %u bytes", header_size);
  }
  if (decoder->count < 14 + (size_t)header_size) {
    return cimage_fail(failure, CIMAGE_TRUNCATED, "the data end within its header");
  }
  cimage_header *header = &decoder->base.header;
  uint32_t colours = 0;
  if (header_size == 12) {
    header->width = read16(bytes + 18);
    header->height = read16(bytes + 20);
    decoder->bits = read16(bytes + 24);
  } else {
    header->width = read32(bytes + 18);
    header->height = read32(bytes + 22);
    decoder->top_down = header->height > INT32_MAX;
    if (decoder->top_down) header->height = 0u - header->height;
    decoder->bits = read16(bytes + 28);
    decoder->compression = read32(bytes + 30);
    colours = read32(bytes + 46);
  }
  header->stored_width = header->width;
  header->stored_height = header->height;
  cimage_status status = cimage_check_size(header->width, header->height, options, failure);
  if (status == CIMAGE_OK) {
    status = cimage_check_density(header->width, header->height, decoder->count, failure);
  }
  if (status != CIMAGE_OK) return status;
  int runs = (decoder->compression == rle8 && decoder->bits == 8) ||
             (decoder->compression == rle4 && decoder->bits == 4);
  if (decoder->compression != raw && decoder->compression != bit_fields && !runs) {
    return cimage_fail(failure, CIMAGE_UNSUPPORTED, "it has compression %u at %u bits a pixel",
                       decoder->compression, decoder->bits);
  }
  status = choose_pixels(decoder, header_size, colours, failure);
  if (status != CIMAGE_OK) return status;
  decoder->data = read32(bytes + 10);
  decoder->stride = ((size_t)header->width * decoder->bits + 31) / 32 * 4;
  if (decoder->data > decoder->count) {
    return cimage_fail(failure, CIMAGE_TRUNCATED, "the data end too early");
  }
  size_t rest = decoder->count - decoder->data, needed = decoder->stride * header->height;
  return runs || needed <= rest ? CIMAGE_OK : keep_tail(decoder, rest, failure);
}

cimage_status cimage_open_bmp(const uint8_t *bytes, size_t count, const cimage_options *options,
                              cimage_decoder **result, cimage_failure *failure) {
  bmp_decoder *decoder = calloc(1, sizeof *decoder);
  if (!decoder) return cimage_fail(failure, CIMAGE_NO_MEMORY, "there is not enough memory");
  decoder->base.read = read_bmp;
  decoder->base.close = close_bmp;
  decoder->bytes = bytes;
  decoder->count = count;
  cimage_status status = read_header(decoder, options, failure);
  if (status != CIMAGE_OK) {
    close_bmp(&decoder->base);
    return status;
  }
  *result = &decoder->base;
  return CIMAGE_OK;
}
