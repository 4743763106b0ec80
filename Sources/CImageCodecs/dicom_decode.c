// DICOM files as X-ray machines and archives write them (DICOM PS3.5, PS3.10): the first frame, grey or
// RGB, uncompressed little-endian, run-length encoded, or JPEG baseline through libjpeg-turbo, with the
// window that the file asks for.
//
// Debian's readers of DICOM (dcmtk, gdcm, vtk-dicom) have C++ interfaces only, which cannot be loaded at
// run time; what a picture needs of a DICOM file is little, and bounded here. Nothing about the patient
// is read.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "decoder.h"

enum {
  preamble = 132,
  deepest_sequence = 16,
  undefined_length = -1,
  item = 0xFFFEE000,
  end_of_item = 0xFFFEE00D,
  end_of_sequence = 0xFFFEE0DD,
  pixel_data = 0x7FE00010,
};

typedef enum { RAW_PIXELS, RUN_LENGTHS, JPEG_FRAMES } encoding;

typedef struct {
  const uint8_t *bytes;
  size_t count;
} span;

typedef struct {
  span file;
  size_t position;
  int is_explicit;
} reader;

typedef struct {
  uint32_t tag;
  int is_sequence;
  int has_undefined_length;
  span value;
} element;

/// What a data set says of its picture.
typedef struct {
  char syntax[65];
  char photometric[17];
  int samples, planar, frames, rows, columns, allocated, stored, high, is_signed;
  int has_window, has_padding, is_exact, is_sigmoid;
  double center, width, slope, intercept;
  uint32_t padding;
  span pixels;
  int is_encapsulated;
} description;

typedef struct {
  cimage_decoder base;
  description about;
  cimage_decoder *jpeg;
  uint8_t *joined;     // fragments of one JPEG file, or pixels out of run lengths
  const uint8_t *pixels;
  uint8_t levels[65536];  // grey of every stored value
  uint8_t *line;       // one row of the JPEG file
} dicom_decoder;

// MARK: Elements

static uint32_t u16(const uint8_t *bytes) { return bytes[0] | (uint32_t)bytes[1] << 8; }

static uint32_t u32(const uint8_t *bytes) { return u16(bytes) | u16(bytes + 2) << 16; }

static cimage_status fail_truncated(cimage_failure *failure) {
  return cimage_fail(failure, CIMAGE_TRUNCATED, "the data end too early");
}

/// Reads an element's header and takes its value, if its length is known.
static cimage_status next_element(reader *reader, element *found, cimage_failure *failure) {
  size_t left = reader->file.count - reader->position;
  const uint8_t *bytes = reader->file.bytes + reader->position;
  if (left < 8) return fail_truncated(failure);
  found->tag = u16(bytes) << 16 | u16(bytes + 2);
  size_t header = 8;
  uint32_t length;
  found->is_sequence = 0;
  if (!reader->is_explicit || found->tag >> 16 == 0xFFFE) {
    length = u32(bytes + 4);
  } else {
    if (bytes[4] < 'A' || bytes[4] > 'Z' || bytes[5] < 'A' || bytes[5] > 'Z') {
      return cimage_fail(failure, CIMAGE_CORRUPT, "an element has no type");
    }
    static const char long_types[] = "OB OD OF OL OV OW SQ SV UC UN UR UT UV ";
    char type[4] = {(char)bytes[4], (char)bytes[5], ' ', 0};
    found->is_sequence = !strcmp(type, "SQ ");
    if (strstr(long_types, type)) {
      if (left < 12) return fail_truncated(failure);
      header = 12;
      length = u32(bytes + 8);
    } else {
      length = u16(bytes + 6);
    }
  }
  reader->position += header;
  found->has_undefined_length = length == 0xFFFFFFFF;
  found->value = (span){bytes + header, 0};
  if (found->has_undefined_length) return CIMAGE_OK;
  if (length > left - header) return fail_truncated(failure);
  found->value.count = length;
  reader->position += length;
  return CIMAGE_OK;
}

/// Passes over the items of a sequence of unknown length.
static cimage_status skip_sequence(reader *reader, int depth, cimage_failure *failure) {
  if (depth > deepest_sequence) {
    return cimage_fail(failure, CIMAGE_CORRUPT, "its sequences are too deep");
  }
  for (;;) {
    element found;
    cimage_status status = next_element(reader, &found, failure);
    if (status != CIMAGE_OK) return status;
    if (found.tag == end_of_sequence || found.tag == end_of_item) return CIMAGE_OK;
    if (found.has_undefined_length) {
      status = skip_sequence(reader, depth + 1, failure);
      if (status != CIMAGE_OK) return status;
    }
  }
}

static void copy_text(char *text, size_t size, span value) {
  size_t count = value.count < size - 1 ? value.count : size - 1;
  memcpy(text, value.bytes, count);
  while (count > 0 && (text[count - 1] == ' ' || text[count - 1] == 0)) count--;
  text[count] = 0;
}

static int number(span value) { return value.count >= 2 ? (int)u16(value.bytes) : 0; }

/// The first of the decimal numbers of a value.
static int decimal(span value, double *result) {
  char text[65];
  copy_text(text, sizeof text, value);
  char *separator = strchr(text, '\\');
  if (separator) *separator = 0;
  char *end = text;
  double parsed = strtod(text, &end);
  if (end == text || !isfinite(parsed)) return 0;
  *result = parsed;
  return 1;
}

/// Notes what the picture needs of an element.
static void note(description *about, const element *found) {
  double frames = 1;
  char text[17];
  switch (found->tag) {
    case 0x00280002: about->samples = number(found->value); break;
    case 0x00280004:
      copy_text(about->photometric, sizeof about->photometric, found->value);
      break;
    case 0x00280006: about->planar = number(found->value); break;
    case 0x00280008:
      if (decimal(found->value, &frames) && frames > 1) about->frames = 2;
      break;
    case 0x00280010: about->rows = number(found->value); break;
    case 0x00280011: about->columns = number(found->value); break;
    case 0x00280100: about->allocated = number(found->value); break;
    case 0x00280101: about->stored = number(found->value); break;
    case 0x00280102: about->high = number(found->value); break;
    case 0x00280103: about->is_signed = number(found->value) == 1; break;
    case 0x00280120:
      about->has_padding = found->value.count >= 2;
      about->padding = (uint32_t)number(found->value);
      break;
    case 0x00281050: about->has_window |= decimal(found->value, &about->center); break;
    case 0x00281051: about->has_window |= decimal(found->value, &about->width) << 1; break;
    case 0x00281052: decimal(found->value, &about->intercept); break;
    case 0x00281053: decimal(found->value, &about->slope); break;
    case 0x00281056:
      copy_text(text, sizeof text, found->value);
      about->is_exact = !strcmp(text, "LINEAR_EXACT");
      about->is_sigmoid = !strcmp(text, "SIGMOID");
      break;
    default: break;
  }
}

static cimage_status describe(span file, description *about, cimage_failure *failure) {
  *about = (description){.samples = 1, .frames = 1, .slope = 1};
  if (file.count < preamble || memcmp(file.bytes + preamble - 4, "DICM", 4)) {
    return cimage_fail(failure, CIMAGE_CORRUPT, "it has no DICOM header");
  }
  reader reader = {file, preamble, 1};
  int is_meta = 1;
  for (;;) {
    if (is_meta && file.count - reader.position >= 2 &&
        u16(file.bytes + reader.position) != 2) {
      is_meta = 0;
      reader.is_explicit = strcmp(about->syntax, "1.2.840.10008.1.2") != 0;
      if (!strcmp(about->syntax, "1.2.840.10008.1.2.1.99") ||
          !strcmp(about->syntax, "1.2.840.10008.1.2.2")) {
        return CIMAGE_OK;  // refused by name later
      }
    }
    element found;
    cimage_status status = next_element(&reader, &found, failure);
    if (status != CIMAGE_OK) {
      if (failure->status == CIMAGE_TRUNCATED && reader.position + 8 > file.count) {
        return cimage_fail(failure, CIMAGE_TRUNCATED, "the data end before any pixels");
      }
      return status;
    }
    if (is_meta && found.tag == 0x00020010) {
      copy_text(about->syntax, sizeof about->syntax, found.value);
    }
    if (!is_meta) note(about, &found);
    if (found.tag == pixel_data) {
      about->pixels = found.value;
      about->is_encapsulated = found.has_undefined_length;
      if (about->is_encapsulated) about->pixels.count = file.count - reader.position;
      return CIMAGE_OK;
    }
    if (found.has_undefined_length) {
      // A sequence of an unknown type is implicit, whatever the file is.
      int was_explicit = reader.is_explicit;
      if (!found.is_sequence) reader.is_explicit = 0;
      status = skip_sequence(&reader, 0, failure);
      reader.is_explicit = was_explicit;
      if (status != CIMAGE_OK) return status;
    }
  }
}

// MARK: What is read

static cimage_status find_encoding(const description *about, encoding *encoding,
                                   cimage_failure *failure) {
  static const struct {
    const char *syntax, *name;
  } unread[] = {
      {"1.2.840.10008.1.2.1.99", "deflated"},
      {"1.2.840.10008.1.2.2", "big-endian"},
      {"1.2.840.10008.1.2.4.57", "lossless JPEG"},
      {"1.2.840.10008.1.2.4.70", "lossless JPEG"},
      {"1.2.840.10008.1.2.4.80", "JPEG-LS"},
      {"1.2.840.10008.1.2.4.81", "JPEG-LS"},
      {"1.2.840.10008.1.2.4.90", "JPEG 2000"},
      {"1.2.840.10008.1.2.4.91", "JPEG 2000"},
  };
  const char *syntax = about->syntax;
  if (!strcmp(syntax, "1.2.840.10008.1.2") || !strcmp(syntax, "1.2.840.10008.1.2.1")) {
    *encoding = RAW_PIXELS;
  } else if (!strcmp(syntax, "1.2.840.10008.1.2.5")) {
    *encoding = RUN_LENGTHS;
  } else if (!strcmp(syntax, "1.2.840.10008.1.2.4.50") ||
             !strcmp(syntax, "1.2.840.10008.1.2.4.51")) {
    *encoding = JPEG_FRAMES;
  } else {
    const char *name = "in another transfer syntax";
    for (size_t index = 0; index < sizeof unread / sizeof *unread; index++) {
      if (!strcmp(syntax, unread[index].syntax)) name = unread[index].name;
    }
    return cimage_fail(failure, CIMAGE_UNSUPPORTED,
                       "its pixels are %s, %.40s", name, *syntax ? syntax : "it names none");
  }
  if (about->is_encapsulated != (*encoding != RAW_PIXELS)) {
    return cimage_fail(failure, CIMAGE_CORRUPT, "its pixels are not as its transfer syntax says");
  }
  return CIMAGE_OK;
}

static int is_grey(const description *about) {
  return !strcmp(about->photometric, "MONOCHROME1") || !strcmp(about->photometric, "MONOCHROME2");
}

static cimage_status check_description(const description *about, encoding encoding,
                                       cimage_failure *failure) {
  if (is_grey(about)) {
    if (about->samples != 1 || (about->allocated != 8 && about->allocated != 16)) {
      return cimage_fail(failure, CIMAGE_UNSUPPORTED,
                         "its pixels are grey with %d bits and %d samples",
                         about->allocated, about->samples);
    }
    if (about->stored < 1 || about->stored > about->allocated || about->high >= about->allocated ||
        about->high + 1 < about->stored) {
      return cimage_fail(failure, CIMAGE_CORRUPT, "it stores %d bits up to bit %d of %d",
                         about->stored, about->high, about->allocated);
    }
    if (encoding == JPEG_FRAMES && about->stored > 8) {
      return cimage_fail(failure, CIMAGE_UNSUPPORTED,
                         "its pixels are JPEG of %d bits", about->stored);
    }
    return CIMAGE_OK;
  }
  int is_colour = !strcmp(about->photometric, "RGB") ||
                  (encoding == JPEG_FRAMES && !strncmp(about->photometric, "YBR_", 4));
  if (!is_colour || about->samples != 3 || about->allocated != 8) {
    return cimage_fail(failure, CIMAGE_UNSUPPORTED,
                       "its pixels are '%s' with %d bits",
                       about->photometric, about->allocated);
  }
  return CIMAGE_OK;
}

// MARK: Frames

/// The next fragment of encapsulated pixels; `*done` at their end.
static cimage_status next_fragment(reader *reader, span *fragment, int *done,
                                   cimage_failure *failure) {
  element found;
  cimage_status status = next_element(reader, &found, failure);
  if (status != CIMAGE_OK) return status;
  *done = found.tag == end_of_sequence;
  if (!*done && (found.tag != item || found.has_undefined_length)) {
    return cimage_fail(failure, CIMAGE_CORRUPT, "its compressed pixels are in disorder");
  }
  *fragment = found.value;
  return CIMAGE_OK;
}

/// The bytes of the first frame: of a picture with one frame all fragments, otherwise the first.
static cimage_status first_frame(dicom_decoder *decoder, span *frame, cimage_failure *failure) {
  reader reader = {decoder->about.pixels, 0, 0};
  int done = 0;
  span fragment;
  cimage_status status = next_fragment(&reader, &fragment, &done, failure);  // the offsets
  if (status == CIMAGE_OK && !done) status = next_fragment(&reader, frame, &done, failure);
  if (status != CIMAGE_OK) return status;
  if (done) return cimage_fail(failure, CIMAGE_TRUNCATED, "it has no compressed pixels");
  size_t start = reader.position, size = frame->count;
  int count = 1;
  while (decoder->about.frames == 1) {
    status = next_fragment(&reader, &fragment, &done, failure);
    if (status != CIMAGE_OK) return status;
    if (done) break;
    size += fragment.count;
    count++;
  }
  if (count == 1) return CIMAGE_OK;
  uint8_t *joined = malloc(size);
  if (!joined) return cimage_fail(failure, CIMAGE_NO_MEMORY, "there is not enough memory");
  decoder->joined = joined;
  memcpy(joined, frame->bytes, frame->count);
  size_t filled = frame->count;
  reader.position = start;
  while (--count > 0) {
    status = next_fragment(&reader, &fragment, &done, failure);
    if (status != CIMAGE_OK) return status;
    memcpy(joined + filled, fragment.bytes, fragment.count);
    filled += fragment.count;
  }
  *frame = (span){joined, size};
  return CIMAGE_OK;
}

/// Expands one segment of run lengths into every `step`th byte (PS3.5, annex G).
static cimage_status expand(span segment, uint8_t *target, size_t count, size_t step,
                            cimage_failure *failure) {
  size_t position = 0, written = 0;
  while (written < count) {
    if (position >= segment.count) return fail_truncated(failure);
    int control = (int8_t)segment.bytes[position++];
    if (control == -128) continue;
    size_t run = control >= 0 ? (size_t)control + 1 : (size_t)(1 - control);
    size_t needed = control >= 0 ? run : 1;
    if (needed > segment.count - position) return fail_truncated(failure);
    for (size_t index = 0; index < run && written < count; index++) {
      target[written++ * step] = segment.bytes[position + (control >= 0 ? index : 0)];
    }
    position += needed;
  }
  return CIMAGE_OK;
}

static cimage_status expand_run_lengths(dicom_decoder *decoder, cimage_failure *failure) {
  const description *about = &decoder->about;
  span frame;
  cimage_status status = first_frame(decoder, &frame, failure);
  if (status != CIMAGE_OK) return status;
  size_t pixels = (size_t)about->rows * (size_t)about->columns;
  size_t planes = (size_t)about->samples * (size_t)about->allocated / 8;
  if (frame.count < 64 || u32(frame.bytes) != planes) {
    return cimage_fail(failure, CIMAGE_CORRUPT, "its run lengths have no sound header");
  }
  // A run makes at most 128 bytes of two.
  if (pixels * planes / 64 > frame.count) return fail_truncated(failure);
  uint8_t *expanded = malloc(pixels * planes);
  if (!expanded) return cimage_fail(failure, CIMAGE_NO_MEMORY, "there is not enough memory");
  for (size_t plane = 0; plane < planes && status == CIMAGE_OK; plane++) {
    size_t start = u32(frame.bytes + 4 + 4 * plane);
    if (start < 64 || start > frame.count) {
      status = cimage_fail(failure, CIMAGE_CORRUPT, "its run lengths begin outside of it");
      break;
    }
    // The high byte comes first.
    size_t offset = about->allocated == 16 ? 1 - plane : plane;
    status = expand((span){frame.bytes + start, frame.count - start}, expanded + offset, pixels,
                    planes, failure);
  }
  free(decoder->joined);
  decoder->joined = expanded;
  decoder->pixels = expanded;
  decoder->about.planar = 0;
  return status;
}

static cimage_status open_frame(dicom_decoder *decoder, encoding encoding,
                                const cimage_options *options, cimage_failure *failure) {
  description *about = &decoder->about;
  cimage_header *header = &decoder->base.header;
  header->mode = is_grey(about) ? CIMAGE_GREY : CIMAGE_RGB;
  header->width = header->stored_width = (uint32_t)about->columns;
  header->height = header->stored_height = (uint32_t)about->rows;
  cimage_status status = cimage_check_size(header->width, header->height, options, failure);
  if (status != CIMAGE_OK) return status;
  if (encoding == RAW_PIXELS) {
    size_t needed = (size_t)about->rows * (size_t)about->columns * (size_t)about->samples *
                    (size_t)about->allocated / 8;
    decoder->pixels = about->pixels.bytes;
    if (needed > about->pixels.count) {
      return cimage_fail(failure, CIMAGE_TRUNCATED, "%zu of %zu bytes of its pixels are there",
                         about->pixels.count, needed);
    }
    return CIMAGE_OK;
  }
  if (encoding == RUN_LENGTHS) return expand_run_lengths(decoder, failure);
  span frame;
  status = first_frame(decoder, &frame, failure);
  if (status != CIMAGE_OK) return status;
  status = cimage_open_jpeg(frame.bytes, frame.count, options, &decoder->jpeg, failure);
  if (status != CIMAGE_OK) return status;
  cimage_mode mode = header->mode;
  *header = decoder->jpeg->header;
  if (header->mode != mode || header->stored_width != (uint32_t)about->columns ||
      header->stored_height != (uint32_t)about->rows) {
    return cimage_fail(failure, CIMAGE_CORRUPT, "its JPEG is not the picture that it describes");
  }
  return CIMAGE_OK;
}

// MARK: Grey

/// What a stored value stands for, before slope and intercept.
static int value_of(const description *about, uint32_t stored) {
  uint32_t mask = (1u << about->stored) - 1;
  uint32_t value = stored >> (about->high + 1 - about->stored) & mask;
  if (about->is_signed && value >> (about->stored - 1)) return (int)value - (int)mask - 1;
  return (int)value;
}

/// The window that shows all values, for a file that asks for none.
static void find_window(dicom_decoder *decoder) {
  description *about = &decoder->about;
  size_t count = (size_t)about->rows * (size_t)about->columns;
  int lowest = INT32_MAX, highest = INT32_MIN;
  if (about->allocated == 8 || decoder->jpeg) {
    lowest = about->is_signed ? -(1 << (about->stored - 1)) : 0;
    highest = lowest + (1 << about->stored) - 1;
  } else {
    for (size_t index = 0; index < count; index++) {
      uint32_t stored = u16(decoder->pixels + 2 * index);
      if (about->has_padding && stored == about->padding) continue;
      int value = value_of(about, stored);
      if (value < lowest) lowest = value;
      if (value > highest) highest = value;
    }
    if (lowest > highest) lowest = highest = 0;
  }
  double first = about->slope * lowest + about->intercept;
  double last = about->slope * highest + about->intercept;
  about->is_exact = 1;
  about->is_sigmoid = 0;
  about->center = (first + last) / 2;
  about->width = fabs(last - first);
}

/// The share of full brightness, by PS3.3, C.11.2.1.2 and C.11.2.1.3.
static double brightness(const description *about, double value) {
  double center = about->center, width = about->width;
  if (about->is_sigmoid) return 1 / (1 + exp(-4 * (value - center) / width));
  if (!about->is_exact) {
    center -= 0.5;
    width -= 1;
  }
  if (width <= 0) return value > center ? 1 : 0;
  double share = (value - center) / width + 0.5;
  return share < 0 ? 0 : share > 1 ? 1 : share;
}

static void make_levels(dicom_decoder *decoder) {
  description *about = &decoder->about;
  if (about->has_window != 3 || !(about->width > 0)) find_window(decoder);
  int inverts = !strcmp(about->photometric, "MONOCHROME1");
  for (uint32_t stored = 0; stored < 65536; stored++) {
    double share = brightness(about, about->slope * value_of(about, stored) + about->intercept);
    if (inverts) share = 1 - share;
    decoder->levels[stored] = (uint8_t)(share * 255 + 0.5);
  }
}

static cimage_status read_dicom(cimage_decoder *base, uint8_t *const *rows, uint32_t count,
                                cimage_failure *failure) {
  dicom_decoder *decoder = (dicom_decoder *)base;
  const description *about = &decoder->about;
  size_t width = base->header.width;
  if (decoder->jpeg) {
    cimage_status status = cimage_read_rows(decoder->jpeg, rows, count, failure);
    if (decoder->jpeg->warning[0]) cimage_warn(base, "%s", decoder->jpeg->warning);
    if (status != CIMAGE_OK || base->header.mode != CIMAGE_GREY) return status;
    for (uint32_t row = 0; row < count; row++) {
      for (size_t x = 0; x < width; x++) rows[row][x] = decoder->levels[rows[row][x]];
    }
    return CIMAGE_OK;
  }
  size_t plane = width * base->header.height;
  for (uint32_t row = 0; row < count; row++) {
    size_t first = (base->next_row + row) * width;
    for (size_t x = 0; x < width; x++) {
      size_t pixel = first + x;
      if (base->header.mode == CIMAGE_GREY) {
        rows[row][x] = decoder->levels[about->allocated == 16 ? u16(decoder->pixels + 2 * pixel)
                                                               : decoder->pixels[pixel]];
        continue;
      }
      for (size_t sample = 0; sample < 3; sample++) {
        rows[row][4 * x + sample] =
            decoder->pixels[about->planar ? sample * plane + pixel : 3 * pixel + sample];
      }
      rows[row][4 * x + 3] = 255;
    }
  }
  return CIMAGE_OK;
}

static void close_dicom(cimage_decoder *base) {
  dicom_decoder *decoder = (dicom_decoder *)base;
  if (decoder->jpeg) cimage_close(decoder->jpeg);
  free(decoder->joined);
  free(decoder);
}

cimage_status cimage_open_dicom(const uint8_t *bytes, size_t count, const cimage_options *options,
                                cimage_decoder **result, cimage_failure *failure) {
  dicom_decoder *decoder = calloc(1, sizeof *decoder);
  if (!decoder) return cimage_fail(failure, CIMAGE_NO_MEMORY, "there is not enough memory");
  decoder->base.read = read_dicom;
  decoder->base.close = close_dicom;
  encoding encoding = RAW_PIXELS;
  cimage_status status = describe((span){bytes, count}, &decoder->about, failure);
  if (status == CIMAGE_OK) status = find_encoding(&decoder->about, &encoding, failure);
  if (status == CIMAGE_OK) status = check_description(&decoder->about, encoding, failure);
  if (status == CIMAGE_OK) status = open_frame(decoder, encoding, options, failure);
  if (status != CIMAGE_OK) {
    close_dicom(&decoder->base);
    return status;
  }
  if (decoder->base.header.mode == CIMAGE_GREY) make_levels(decoder);
  *result = &decoder->base;
  return CIMAGE_OK;
}
