// HEIC and AVIF through libheif, loaded when first needed. Of several pictures in a file the primary
// one; it comes turned, mirrored and cropped as the file says, so EXIF orientation does not count.
// More than 8 bits a sample keep the high ones, as 16-bit PNG does; profiles are not applied, as for
// JPEG.
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "cimage_pixels.h"
#include "library.h"

// From libheif/heif.h 1.12 to 1.21, whose interface only grows.
typedef struct heif_context heif_context;
typedef struct heif_image_handle heif_image_handle;
typedef struct heif_image heif_image;
typedef struct {
  int code, subcode;
  const char *message;
} heif_error;
enum {
  heif_error_Invalid_input = 2,
  heif_error_Unsupported_filetype = 3,
  heif_error_Unsupported_feature = 4,
  heif_error_Memory_allocation_error = 6,
  heif_suberror_End_of_data = 100,
  heif_suberror_Security_limit_exceeded = 1000,
  heif_colorspace_RGB = 1,
  heif_chroma_interleaved_RGBA = 11,
  heif_channel_interleaved = 10,
  oldest_version = 0x010C0000,
  newest_version = 0x01FFFFFF,
};

// The beginning of the structure of version 1; later versions add fields behind.
typedef struct {
  uint8_t version;
  uint64_t max_image_size_pixels;
} heif_security_limits;

static struct {
  uint32_t (*get_version_number)(void);
  heif_error (*init)(void *);
  heif_context *(*context_alloc)(void);
  void (*context_free)(heif_context *);
  void (*set_maximum_image_size_limit)(heif_context *, int);
  heif_security_limits *(*get_security_limits)(heif_context *);
  heif_error (*read_from_memory)(heif_context *, const void *, size_t, const void *);
  heif_error (*get_primary)(heif_context *, heif_image_handle **);
  void (*handle_release)(const heif_image_handle *);
  int (*get_width)(const heif_image_handle *);
  int (*get_height)(const heif_image_handle *);
  int (*has_alpha)(const heif_image_handle *);
  int (*is_premultiplied)(const heif_image_handle *);
  int (*metadata_ids)(const heif_image_handle *, const char *, uint32_t *, int);
  size_t (*metadata_size)(const heif_image_handle *, uint32_t);
  heif_error (*metadata)(const heif_image_handle *, uint32_t, void *);
  heif_error (*decode)(const heif_image_handle *, heif_image **, int, int, const void *);
  int (*image_width)(const heif_image *, int);
  int (*image_height)(const heif_image *, int);
  const uint8_t *(*plane)(const heif_image *, int, int *);
  void (*image_release)(const heif_image *);
} heif;

static int is_loaded;

static void load(void) {
  static const char *const names[] = {"libheif.so.1", "libheif.1.dylib", "libheif.so", NULL};
#define NEEDED(field, symbol) {"heif_" symbol, (void **)&heif.field, 0}
  const cimage_symbol symbols[] = {
      NEEDED(get_version_number, "get_version_number"),
      {"heif_init", (void **)&heif.init, 1},
      NEEDED(context_alloc, "context_alloc"),
      NEEDED(context_free, "context_free"),
      NEEDED(set_maximum_image_size_limit, "context_set_maximum_image_size_limit"),
      {"heif_context_get_security_limits", (void **)&heif.get_security_limits, 1},
      NEEDED(read_from_memory, "context_read_from_memory_without_copy"),
      NEEDED(get_primary, "context_get_primary_image_handle"),
      NEEDED(handle_release, "image_handle_release"),
      NEEDED(get_width, "image_handle_get_width"),
      NEEDED(get_height, "image_handle_get_height"),
      NEEDED(has_alpha, "image_handle_has_alpha_channel"),
      NEEDED(is_premultiplied, "image_handle_is_premultiplied_alpha"),
      NEEDED(metadata_ids, "image_handle_get_list_of_metadata_block_IDs"),
      NEEDED(metadata_size, "image_handle_get_metadata_size"),
      NEEDED(metadata, "image_handle_get_metadata"),
      NEEDED(decode, "decode_image"),
      NEEDED(image_width, "image_get_width"),
      NEEDED(image_height, "image_get_height"),
      NEEDED(plane, "image_get_plane_readonly"),
      NEEDED(image_release, "image_release"),
  };
#undef NEEDED
  if (!cimage_load_library("libheif", names, symbols, sizeof symbols / sizeof *symbols)) return;
  uint32_t version = heif.get_version_number();
  if (version < oldest_version || version > newest_version) return;
  if (heif.init) heif.init(NULL);
  is_loaded = 1;
}

typedef struct {
  cimage_decoder base;
  heif_context *context;
  heif_image_handle *handle;
  heif_image *image;
  const uint8_t *pixels;
  int stride;
  int premultiplied;
} heif_decoder;

static void close_heif(cimage_decoder *base) {
  heif_decoder *decoder = (heif_decoder *)base;
  if (decoder->image) heif.image_release(decoder->image);
  if (decoder->handle) heif.handle_release(decoder->handle);
  if (decoder->context) heif.context_free(decoder->context);
  free(decoder);
}

static cimage_status fail_from(heif_error error, cimage_failure *failure) {
  cimage_status status = CIMAGE_CORRUPT;
  if (error.code == heif_error_Invalid_input && error.subcode == heif_suberror_End_of_data) {
    status = CIMAGE_TRUNCATED;
  } else if (error.subcode == heif_suberror_Security_limit_exceeded) {
    status = CIMAGE_TOO_LARGE;
  } else if (error.code == heif_error_Unsupported_filetype ||
             error.code == heif_error_Unsupported_feature) {
    status = CIMAGE_UNSUPPORTED;
  } else if (error.code == heif_error_Memory_allocation_error) {
    status = CIMAGE_NO_MEMORY;
  }
  return cimage_fail(failure, status, "libheif says: %.150s%s",
                     error.message ? error.message : "it cannot be read",
                     status == CIMAGE_UNSUPPORTED
                         ? "; its decoders may be packages of their own, libheif-plugin-…"
                         : "");
}

static cimage_status read_heif(cimage_decoder *base, uint8_t *const *rows, uint32_t count,
                               cimage_failure *failure) {
  heif_decoder *decoder = (heif_decoder *)base;
  const cimage_header *header = &base->header;
  if (!decoder->image) {
    heif_error error = heif.decode(decoder->handle, &decoder->image, heif_colorspace_RGB,
                                   heif_chroma_interleaved_RGBA, NULL);
    if (error.code) {
      decoder->image = NULL;
      return fail_from(error, failure);
    }
    decoder->pixels = heif.plane(decoder->image, heif_channel_interleaved, &decoder->stride);
    if (!decoder->pixels ||
        heif.image_width(decoder->image, heif_channel_interleaved) != (int)header->width ||
        heif.image_height(decoder->image, heif_channel_interleaved) != (int)header->height) {
      return cimage_fail(failure, CIMAGE_CORRUPT, "it has another size than its header says");
    }
  }
  size_t bytes = (size_t)header->width * 4;
  for (uint32_t row = 0; row < count; row++) {
    const uint8_t *source =
        decoder->pixels + (size_t)(base->next_row + row) * (size_t)decoder->stride;
    memcpy(rows[row], source, bytes);
    if (decoder->premultiplied) cimage_unpremultiply_rgba(rows[row], header->width);
  }
  return CIMAGE_OK;
}

static cimage_status open_context(heif_decoder *decoder, const uint8_t *bytes, size_t count,
                                  uint64_t maximum_pixels, cimage_failure *failure) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
  if (!is_loaded) return cimage_fail_without(failure, "libheif");
  decoder->context = heif.context_alloc();
  if (!decoder->context) {
    return cimage_fail(failure, CIMAGE_NO_MEMORY, "there is not enough memory");
  }
  // A second line of defence, with room for what codecs align; the size is checked here as well.
  heif_security_limits *limits =
      heif.get_security_limits ? heif.get_security_limits(decoder->context) : NULL;
  if (limits && limits->version >= 1 && maximum_pixels < UINT64_MAX / 4) {
    limits->max_image_size_pixels = maximum_pixels * 2 + ((uint64_t)1 << 20);
  }
  heif_error error = heif.read_from_memory(decoder->context, bytes, count, NULL);
  if (!error.code) error = heif.get_primary(decoder->context, &decoder->handle);
  if (error.code) {
    decoder->handle = NULL;
    return fail_from(error, failure);
  }
  return CIMAGE_OK;
}

static cimage_status read_header(heif_decoder *decoder, const uint8_t *bytes, size_t count,
                                 const cimage_options *options, cimage_failure *failure) {
  cimage_status status =
      open_context(decoder, bytes, count, options->maximum_pixels, failure);
  if (status != CIMAGE_OK) return status;
  int width = heif.get_width(decoder->handle), height = heif.get_height(decoder->handle);
  status = cimage_check_size(width < 0 ? 0 : (uint64_t)width, height < 0 ? 0 : (uint64_t)height,
                             options, failure);
  if (status != CIMAGE_OK) return status;
  // What is coded may be larger than what is shown (cropped, or aligned), but not by much.
  int side = width > height ? width : height;
  heif.set_maximum_image_size_limit(decoder->context, side < 2048 ? 4096 : side * 2);
  cimage_header *header = &decoder->base.header;
  int alpha = heif.has_alpha(decoder->handle);
  decoder->premultiplied = alpha && heif.is_premultiplied(decoder->handle);
  header->mode = alpha ? CIMAGE_RGBA : CIMAGE_RGB;
  header->width = header->stored_width = (uint32_t)width;
  header->height = header->stored_height = (uint32_t)height;
  return cimage_check_density(width, height, count, failure);
}

cimage_status cimage_open_heif(const uint8_t *bytes, size_t count, const cimage_options *options,
                               cimage_decoder **result, cimage_failure *failure) {
  heif_decoder *decoder = calloc(1, sizeof *decoder);
  if (!decoder) return cimage_fail(failure, CIMAGE_NO_MEMORY, "there is not enough memory");
  decoder->base.read = read_heif;
  decoder->base.close = close_heif;
  cimage_status status = read_header(decoder, bytes, count, options, failure);
  if (status != CIMAGE_OK) {
    close_heif(&decoder->base);
    return status;
  }
  *result = &decoder->base;
  return CIMAGE_OK;
}

int cimage_copy_heif_exif(const uint8_t *bytes, size_t count, cimage_block *block) {
  heif_decoder *decoder = calloc(1, sizeof *decoder);
  if (!decoder) return 0;
  cimage_failure failure;
  uint32_t item;
  int found = 0;
  if (open_context(decoder, bytes, count, (uint64_t)1 << 32, &failure) == CIMAGE_OK &&
      heif.metadata_ids(decoder->handle, "Exif", &item, 1) == 1) {
    size_t size = heif.metadata_size(decoder->handle, item);
    // Four bytes say how far behind them the TIFF structure begins.
    uint8_t *exif = size >= 12 && size <= count ? malloc(size) : NULL;
    if (exif && heif.metadata(decoder->handle, item, exif).code == 0) {
      uint64_t offset = ((uint64_t)exif[0] << 24 | (uint64_t)exif[1] << 16 |
                         (uint64_t)exif[2] << 8 | exif[3]) + 4;
      if (offset < size) {
        *block = (cimage_block){exif, exif + offset, size - offset};
        found = 1;
      }
    }
    if (!found) free(exif);
  }
  close_heif(&decoder->base);
  return found;
}
