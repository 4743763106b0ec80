// JPEG XL through libjxl, loaded when first needed; of an animation the first frame. It comes upright,
// so EXIF orientation does not count. Samples of more than 8 bits are scaled; profiles are not
// applied, as for JPEG.
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "library.h"

// From jxl/decode.h, jxl/codestream_header.h and jxl/types.h, 0.7 to 0.11.
typedef struct JxlDecoder JxlDecoder;
typedef struct {
  uint32_t num_channels;
  int data_type;
  int endianness;
  size_t align;
} JxlPixelFormat;
typedef struct {
  int have_container;
  uint32_t xsize, ysize, bits_per_sample, exponent_bits_per_sample;
  float intensity_target, min_nits;
  int relative_to_max_display;
  float linear_below;
  int uses_original_profile, have_preview, have_animation, orientation;
  uint32_t num_color_channels, num_extra_channels, alpha_bits, alpha_exponent_bits;
  int alpha_premultiplied;
  uint8_t rest[512];  // preview, animation, intrinsic size, and room for what may come
} JxlBasicInfo;
typedef struct {
  void *opaque;
  void *(*alloc)(void *opaque, size_t size);
  void (*free)(void *opaque, void *address);
} JxlMemoryManager;
enum {
  JXL_DEC_SUCCESS = 0,
  JXL_DEC_ERROR = 1,
  JXL_DEC_NEED_MORE_INPUT = 2,
  JXL_DEC_NEED_IMAGE_OUT_BUFFER = 5,
  JXL_DEC_BOX_NEED_MORE_OUTPUT = 7,
  JXL_DEC_BASIC_INFO = 0x40,
  JXL_DEC_FULL_IMAGE = 0x1000,
  JXL_DEC_BOX = 0x4000,
  JXL_TYPE_UINT8 = 2,
  JXL_CHANNEL_BLACK = 4,
  oldest_version = 7000,
  newest_version = 11999,
};

static struct {
  uint32_t (*version)(void);
  JxlDecoder *(*create)(const JxlMemoryManager *);
  void (*destroy)(JxlDecoder *);
  int (*subscribe)(JxlDecoder *, int);
  int (*set_unpremultiply)(JxlDecoder *, int);
  int (*set_input)(JxlDecoder *, const uint8_t *, size_t);
  void (*close_input)(JxlDecoder *);
  int (*process)(JxlDecoder *);
  int (*get_basic_info)(const JxlDecoder *, JxlBasicInfo *);
  int (*get_extra_channel)(const JxlDecoder *, size_t, void *);
  int (*out_buffer_size)(const JxlDecoder *, const JxlPixelFormat *, size_t *);
  int (*set_out_buffer)(JxlDecoder *, const JxlPixelFormat *, void *, size_t);
  int (*set_decompress_boxes)(JxlDecoder *, int);
  int (*get_box_type)(JxlDecoder *, char *, int);
  int (*set_box_buffer)(JxlDecoder *, uint8_t *, size_t);
  size_t (*release_box_buffer)(JxlDecoder *);
} jxl;

static int is_loaded;

static void load(void) {
  static const char *const names[] = {"libjxl.so.0.11", "libjxl.so.0.10", "libjxl.so.0.9",
                                      "libjxl.so.0.8",  "libjxl.so.0.7",  "libjxl.dylib", NULL};
#define NEEDED(field, symbol) {"JxlDecoder" symbol, (void **)&jxl.field, 0}
  const cimage_symbol symbols[] = {
      NEEDED(version, "Version"),
      NEEDED(create, "Create"),
      NEEDED(destroy, "Destroy"),
      NEEDED(subscribe, "SubscribeEvents"),
      NEEDED(set_unpremultiply, "SetUnpremultiplyAlpha"),
      NEEDED(set_input, "SetInput"),
      NEEDED(close_input, "CloseInput"),
      NEEDED(process, "ProcessInput"),
      NEEDED(get_basic_info, "GetBasicInfo"),
      NEEDED(get_extra_channel, "GetExtraChannelInfo"),
      NEEDED(out_buffer_size, "ImageOutBufferSize"),
      NEEDED(set_out_buffer, "SetImageOutBuffer"),
      NEEDED(set_decompress_boxes, "SetDecompressBoxes"),
      NEEDED(get_box_type, "GetBoxType"),
      NEEDED(set_box_buffer, "SetBoxBuffer"),
      NEEDED(release_box_buffer, "ReleaseBoxBuffer"),
  };
#undef NEEDED
  if (!cimage_load_library("libjxl", names, symbols, sizeof symbols / sizeof *symbols)) return;
  uint32_t version = jxl.version();
  is_loaded = version >= oldest_version && version <= newest_version;
}

static int load_once(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
  return is_loaded;
}

typedef struct {
  cimage_decoder base;
  JxlDecoder *jxl;
  JxlPixelFormat format;
  uint8_t *picture;
  size_t memory, memory_limit;
} jxl_decoder;

// Hostile files ask for thousands of extra channels: what libjxl takes is counted. Each block has
// its size in front of it.
enum { block_header = 64 };

static void *allocate(void *opaque, size_t size) {
  jxl_decoder *decoder = opaque;
  if (size > decoder->memory_limit - decoder->memory) return NULL;
  // libjxl aligns what it needs aligned by itself.
  size_t *block = malloc(size + block_header);
  if (!block) return NULL;
  *block = size;
  decoder->memory += size;
  return (uint8_t *)block + block_header;
}

static void release(void *opaque, void *address) {
  if (!address) return;
  size_t *block = (size_t *)((uint8_t *)address - block_header);
  ((jxl_decoder *)opaque)->memory -= *block;
  free(block);
}

static void close_jxl(cimage_decoder *base) {
  jxl_decoder *decoder = (jxl_decoder *)base;
  if (decoder->jxl) jxl.destroy(decoder->jxl);
  free(decoder->picture);
  free(decoder);
}

static cimage_status fail_at(jxl_decoder *decoder, int event, cimage_failure *failure) {
  if (event == JXL_DEC_NEED_MORE_INPUT) {
    return cimage_fail(failure, CIMAGE_TRUNCATED, "the data end too early");
  }
  (void)decoder;
  return cimage_fail(failure, CIMAGE_CORRUPT, "libjxl cannot decode it");
}

static cimage_status read_whole(jxl_decoder *decoder, cimage_failure *failure) {
  const cimage_header *header = &decoder->base.header;
  size_t expected = (size_t)header->width * header->height * decoder->format.num_channels;
  for (;;) {
    int event = jxl.process(decoder->jxl);
    if (event == JXL_DEC_FULL_IMAGE && decoder->picture) return CIMAGE_OK;
    if (event != JXL_DEC_NEED_IMAGE_OUT_BUFFER || decoder->picture) {
      return fail_at(decoder, event, failure);
    }
    size_t size = 0;
    if (jxl.out_buffer_size(decoder->jxl, &decoder->format, &size) != JXL_DEC_SUCCESS ||
        size != expected) {
      return cimage_fail(failure, CIMAGE_CORRUPT, "its rows are not as long as its header says");
    }
    decoder->picture = malloc(size);
    if (!decoder->picture) {
      return cimage_fail(failure, CIMAGE_NO_MEMORY, "there is not enough memory for its pixels");
    }
    if (jxl.set_out_buffer(decoder->jxl, &decoder->format, decoder->picture, size) !=
        JXL_DEC_SUCCESS) {
      return fail_at(decoder, JXL_DEC_ERROR, failure);
    }
  }
}

static cimage_status read_jxl(cimage_decoder *base, uint8_t *const *rows, uint32_t count,
                              cimage_failure *failure) {
  jxl_decoder *decoder = (jxl_decoder *)base;
  if (!decoder->picture) {
    cimage_status status = read_whole(decoder, failure);
    if (status != CIMAGE_OK) return status;
  }
  cimage_copy_rows(base, decoder->picture, rows, count);
  return CIMAGE_OK;
}

static cimage_status choose_mode(jxl_decoder *decoder, const JxlBasicInfo *info,
                                 cimage_failure *failure) {
  for (size_t channel = 0; channel < info->num_extra_channels; channel++) {
    int extra[128] = {0};  // a JxlExtraChannelInfo, whose first field is its type
    if (jxl.get_extra_channel(decoder->jxl, channel, extra) == JXL_DEC_SUCCESS &&
        extra[0] == JXL_CHANNEL_BLACK) {
      return cimage_fail(failure, CIMAGE_UNSUPPORTED, "its colours are those of printing inks");
    }
  }
  int grey = info->num_color_channels == 1, alpha = info->alpha_bits > 0;
  cimage_header *header = &decoder->base.header;
  header->mode = grey ? (alpha ? CIMAGE_GREY_ALPHA : CIMAGE_GREY) : alpha ? CIMAGE_RGBA : CIMAGE_RGB;
  decoder->format = (JxlPixelFormat){
      .num_channels = cimage_bytes_per_pixel(header->mode), .data_type = JXL_TYPE_UINT8};
  return CIMAGE_OK;
}

static cimage_status start(jxl_decoder *decoder, const uint8_t *bytes, size_t count, int events,
                           cimage_failure *failure) {
  if (!load_once()) return cimage_fail_without(failure, "libjxl");
  decoder->memory_limit = (size_t)256 << 20;
  JxlMemoryManager manager = {decoder, allocate, release};
  decoder->jxl = jxl.create(&manager);
  if (!decoder->jxl || jxl.subscribe(decoder->jxl, events) != JXL_DEC_SUCCESS ||
      jxl.set_unpremultiply(decoder->jxl, 1) != JXL_DEC_SUCCESS ||
      jxl.set_input(decoder->jxl, bytes, count) != JXL_DEC_SUCCESS) {
    return cimage_fail(failure, CIMAGE_NO_MEMORY, "there is not enough memory");
  }
  jxl.close_input(decoder->jxl);
  return CIMAGE_OK;
}

static cimage_status read_header(jxl_decoder *decoder, const uint8_t *bytes, size_t count,
                                 const cimage_options *options, cimage_failure *failure) {
  cimage_status status =
      start(decoder, bytes, count, JXL_DEC_BASIC_INFO | JXL_DEC_FULL_IMAGE, failure);
  if (status != CIMAGE_OK) return status;
  int event = jxl.process(decoder->jxl);
  JxlBasicInfo info;
  memset(&info, 0, sizeof info);
  if (event != JXL_DEC_BASIC_INFO ||
      jxl.get_basic_info(decoder->jxl, &info) != JXL_DEC_SUCCESS) {
    return fail_at(decoder, event, failure);
  }
  status = cimage_check_size(info.xsize, info.ysize, options, failure);
  if (status == CIMAGE_OK) {
    status = cimage_check_density(info.xsize, info.ysize, count, failure);
  }
  if (status != CIMAGE_OK) return status;
  // Floating-point samples of all channels, twice, and as much again for the filters.
  decoder->memory_limit += (size_t)info.xsize * info.ysize * 64;
  cimage_header *header = &decoder->base.header;
  header->width = header->stored_width = info.xsize;
  header->height = header->stored_height = info.ysize;
  return choose_mode(decoder, &info, failure);
}

cimage_status cimage_open_jxl(const uint8_t *bytes, size_t count, const cimage_options *options,
                              cimage_decoder **result, cimage_failure *failure) {
  jxl_decoder *decoder = calloc(1, sizeof *decoder);
  if (!decoder) return cimage_fail(failure, CIMAGE_NO_MEMORY, "there is not enough memory");
  decoder->base.read = read_jxl;
  decoder->base.close = close_jxl;
  cimage_status status = read_header(decoder, bytes, count, options, failure);
  if (status != CIMAGE_OK) {
    close_jxl(&decoder->base);
    return status;
  }
  *result = &decoder->base;
  return CIMAGE_OK;
}

int cimage_copy_jxl_exif(const uint8_t *bytes, size_t count, cimage_block *block) {
  enum { limit = 1 << 20 };  // as much as a JPEG segment could hold, and more
  jxl_decoder *decoder = calloc(1, sizeof *decoder);
  uint8_t *exif = calloc(1, limit);
  cimage_failure failure;
  size_t size = 0;
  if (decoder && exif && start(decoder, bytes, count, JXL_DEC_BOX, &failure) == CIMAGE_OK) {
    jxl.set_decompress_boxes(decoder->jxl, 1);
    int inside = 0;
    for (;;) {
      int event = jxl.process(decoder->jxl);
      if (inside) {
        size = limit - jxl.release_box_buffer(decoder->jxl);
        break;
      }
      if (event != JXL_DEC_BOX) break;
      char type[4];
      if (jxl.get_box_type(decoder->jxl, type, 1) != JXL_DEC_SUCCESS) break;
      inside = memcmp(type, "Exif", 4) == 0 &&
               jxl.set_box_buffer(decoder->jxl, exif, limit) == JXL_DEC_SUCCESS;
    }
  }
  if (decoder) close_jxl(&decoder->base);
  // Four bytes say how far behind them the TIFF structure begins.
  uint64_t offset = 4;
  if (size >= 12) {
    offset += (uint64_t)exif[0] << 24 | (uint64_t)exif[1] << 16 | (uint64_t)exif[2] << 8 | exif[3];
  }
  if (size < 12 || offset >= size) {
    free(exif);
    return 0;
  }
  *block = (cimage_block){exif, exif + offset, size - offset};
  return 1;
}
