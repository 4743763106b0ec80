// The preview that a camera puts into its RAW files, through libraw, loaded when first needed.
// Nearly always a JPEG; libraw writes the orientation into it where the camera did not.
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "library.h"

// From libraw/libraw.h and libraw/libraw_types.h, 0.19 to 0.22.
typedef struct libraw_data libraw_data;
typedef struct {
  int type;
  uint16_t height, width, colors, bits;
  unsigned int data_size;
  uint8_t data[1];
} libraw_picture;
enum {
  LIBRAW_IMAGE_JPEG = 1,
  LIBRAW_IMAGE_BITMAP = 2,
  LIBRAW_NO_THUMBNAIL = -5,
  LIBRAW_UNSUPPORTED_THUMBNAIL = -6,
  LIBRAW_FILE_UNSUPPORTED = -2,
  oldest_version = 19 << 8,
  newest_version = (1 << 16) - 1,
};

static struct {
  int (*version)(void);
  const char *(*message)(int);
  libraw_data *(*init)(unsigned int);
  int (*open_buffer)(libraw_data *, const void *, size_t);
  int (*unpack_preview)(libraw_data *);
  libraw_picture *(*make_preview)(libraw_data *, int *);
  void (*free_preview)(libraw_picture *);
  void (*close)(libraw_data *);
} libraw;

static int is_loaded;

static void load(void) {
  // The reentrant build.
  static const char *const names[] = {"libraw_r.so.24", "libraw_r.so.23", "libraw_r.so.22",
                                      "libraw_r.so.20", "libraw_r.so.19", "libraw_r.dylib", NULL};
#define NEEDED(field, symbol) {"libraw_" symbol, (void **)&libraw.field, 0}
  const cimage_symbol symbols[] = {
      NEEDED(version, "versionNumber"),
      NEEDED(message, "strerror"),
      NEEDED(init, "init"),
      NEEDED(open_buffer, "open_buffer"),
      NEEDED(unpack_preview, "unpack_thumb"),
      NEEDED(make_preview, "dcraw_make_mem_thumb"),
      NEEDED(free_preview, "dcraw_clear_mem"),
      NEEDED(close, "close"),
  };
#undef NEEDED
  if (!cimage_load_library("libraw", names, symbols, sizeof symbols / sizeof *symbols)) return;
  int version = libraw.version();
  is_loaded = version >= oldest_version && version <= newest_version;
}

typedef struct {
  cimage_decoder base;
  libraw_picture *preview;
  cimage_decoder *jpeg;  // nil for a preview of plain pixels
} raw_decoder;

static void close_raw(cimage_decoder *base) {
  raw_decoder *decoder = (raw_decoder *)base;
  if (decoder->jpeg) cimage_close(decoder->jpeg);
  if (decoder->preview) libraw.free_preview(decoder->preview);
  free(decoder);
}

/// The preview, as large as libraw finds one.
static cimage_status extract(const uint8_t *bytes, size_t count, libraw_picture **preview,
                             cimage_failure *failure) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
  if (!is_loaded) return cimage_fail_without(failure, "libraw");
  libraw_data *raw = libraw.init(0);
  if (!raw) return cimage_fail(failure, CIMAGE_NO_MEMORY, "there is not enough memory");
  int code = libraw.open_buffer(raw, bytes, count);
  if (!code) code = libraw.unpack_preview(raw);
  *preview = code ? NULL : libraw.make_preview(raw, &code);
  libraw.close(raw);
  if (*preview && (*preview)->data_size > 0) return CIMAGE_OK;
  if (*preview) libraw.free_preview(*preview);
  *preview = NULL;
  if (code == LIBRAW_NO_THUMBNAIL || code == LIBRAW_UNSUPPORTED_THUMBNAIL) {
    return cimage_fail(failure, CIMAGE_UNSUPPORTED, "it holds no preview that can be read");
  }
  return cimage_fail(failure, code == LIBRAW_FILE_UNSUPPORTED ? CIMAGE_UNSUPPORTED : CIMAGE_CORRUPT,
                     "libraw says: %.150s", code ? libraw.message(code) : "it has no preview");
}

static cimage_status read_raw(cimage_decoder *base, uint8_t *const *rows, uint32_t count,
                              cimage_failure *failure) {
  raw_decoder *decoder = (raw_decoder *)base;
  if (decoder->jpeg) {
    cimage_status status = cimage_read_rows(decoder->jpeg, rows, count, failure);
    if (decoder->jpeg->warning[0]) cimage_warn(base, "%s", decoder->jpeg->warning);
    return status;
  }
  size_t width = base->header.width;
  for (uint32_t row = 0; row < count; row++) {
    const uint8_t *source = decoder->preview->data + (base->next_row + row) * width * 3;
    for (size_t x = 0; x < width; x++) {
      memcpy(rows[row] + 4 * x, source + 3 * x, 3);
      rows[row][4 * x + 3] = 255;
    }
  }
  return CIMAGE_OK;
}

static cimage_status open_preview(raw_decoder *decoder, const cimage_options *options,
                                  cimage_failure *failure) {
  libraw_picture *preview = decoder->preview;
  cimage_header *header = &decoder->base.header;
  if (preview->type == LIBRAW_IMAGE_JPEG) {
    cimage_status status = cimage_open_jpeg(preview->data, preview->data_size, options,
                                            &decoder->jpeg, failure);
    if (status == CIMAGE_OK) *header = decoder->jpeg->header;
    return status;
  }
  if (preview->type != LIBRAW_IMAGE_BITMAP || preview->colors != 3 || preview->bits != 8 ||
      (uint64_t)preview->width * preview->height * 3 > preview->data_size) {
    return cimage_fail(failure, CIMAGE_UNSUPPORTED, "its preview is of a kind not read here");
  }
  header->mode = CIMAGE_RGB;
  header->width = header->stored_width = preview->width;
  header->height = header->stored_height = preview->height;
  return cimage_check_size(preview->width, preview->height, options, failure);
}

cimage_status cimage_open_raw(const uint8_t *bytes, size_t count, const cimage_options *options,
                              cimage_decoder **result, cimage_failure *failure) {
  raw_decoder *decoder = calloc(1, sizeof *decoder);
  if (!decoder) return cimage_fail(failure, CIMAGE_NO_MEMORY, "there is not enough memory");
  decoder->base.read = read_raw;
  decoder->base.close = close_raw;
  cimage_status status = extract(bytes, count, &decoder->preview, failure);
  if (status == CIMAGE_OK) status = open_preview(decoder, options, failure);
  if (status != CIMAGE_OK) {
    close_raw(&decoder->base);
    return status;
  }
  *result = &decoder->base;
  return CIMAGE_OK;
}

int cimage_copy_raw_preview(const uint8_t *bytes, size_t count, cimage_block *block) {
  libraw_picture *preview = NULL;
  cimage_failure failure;
  if (extract(bytes, count, &preview, &failure) != CIMAGE_OK) return 0;
  uint8_t *copy = NULL;
  size_t size = preview->data_size;
  if (preview->type == LIBRAW_IMAGE_JPEG && (copy = malloc(size))) {
    memcpy(copy, preview->data, size);
    *block = (cimage_block){copy, copy, size};
  }
  libraw.free_preview(preview);
  return copy != NULL;
}
