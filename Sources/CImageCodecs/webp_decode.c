// WebP through libwebp; of an animation the first frame on a transparent canvas, as Pillow.
#include <stdlib.h>
#include <string.h>
#include <webp/decode.h>
#include <webp/demux.h>

#include "decoder.h"

typedef struct {
  cimage_decoder base;
  const uint8_t *bytes;
  size_t count;
  int animated;
  uint8_t *picture;
} webp_decoder;

static void close_webp(cimage_decoder *base) {
  free(((webp_decoder *)base)->picture);
  free(base);
}

static cimage_status status_of(VP8StatusCode code, cimage_failure *failure) {
  switch (code) {
    case VP8_STATUS_OK: return CIMAGE_OK;
    case VP8_STATUS_OUT_OF_MEMORY:
      return cimage_fail(failure, CIMAGE_NO_MEMORY, "there is not enough memory for its pixels");
    case VP8_STATUS_SUSPENDED:
    case VP8_STATUS_NOT_ENOUGH_DATA:
      return cimage_fail(failure, CIMAGE_TRUNCATED, "the data end too early");
    case VP8_STATUS_UNSUPPORTED_FEATURE:
      return cimage_fail(failure, CIMAGE_UNSUPPORTED, "it uses a feature that libwebp does not");
    default: return cimage_fail(failure, CIMAGE_CORRUPT, "libwebp reports error %d", (int)code);
  }
}

/// Decodes what there is of a bitstream that ends too early.
/// - Returns: whether nearly all is there; the rest repeats the last row.
static int decode_beginning(webp_decoder *decoder, const uint8_t *bytes, size_t count,
                            WebPDecoderConfig *config) {
  enum { missing_share = 16 };  // as for JPEG
  WebPIDecoder *incremental = WebPIDecode(NULL, 0, config);
  if (!incremental) return 0;
  WebPIUpdate(incremental, bytes, count);
  int last = 0, stride = 0;
  uint8_t *rows = WebPIDecGetRGB(incremental, &last, NULL, NULL, &stride);
  int height = config->input.height, complete = 0;
  if (rows && last > 0 && last >= height - height / missing_share) {
    for (int row = last; row < height; row++) {
      memcpy(rows + (size_t)row * (size_t)stride, rows + (size_t)(last - 1) * (size_t)stride,
             (size_t)config->input.width * 4);
    }
    cimage_warn(&decoder->base, "the data end within its last rows");
    complete = 1;
  }
  WebPIDelete(incremental);
  return complete;
}

/// Decodes one bitstream of width x height pixels into the canvas at (x, y).
static cimage_status decode_at(webp_decoder *decoder, const uint8_t *bytes, size_t count,
                               uint32_t x, uint32_t y, uint32_t width, uint32_t height,
                               cimage_failure *failure) {
  WebPDecoderConfig config;
  if (!WebPInitDecoderConfig(&config)) {
    return cimage_fail(failure, CIMAGE_UNSUPPORTED, "libwebp has another version than its header");
  }
  VP8StatusCode code = WebPGetFeatures(bytes, count, &config.input);
  if (code != VP8_STATUS_OK) return status_of(code, failure);
  if ((uint32_t)config.input.width != width || (uint32_t)config.input.height != height) {
    return cimage_fail(failure, CIMAGE_CORRUPT, "its frame has another size than its header says");
  }
  size_t stride = (size_t)decoder->base.header.width * 4;
  size_t offset = y * stride + (size_t)x * 4;
  config.output.colorspace = MODE_RGBA;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = decoder->picture + offset;
  config.output.u.RGBA.stride = (int)stride;
  config.output.u.RGBA.size = stride * decoder->base.header.height - offset;
  code = WebPDecode(bytes, count, &config);
  if (code == VP8_STATUS_NOT_ENOUGH_DATA || code == VP8_STATUS_SUSPENDED) {
    if (decode_beginning(decoder, bytes, count, &config)) code = VP8_STATUS_OK;
  }
  WebPFreeDecBuffer(&config.output);
  return status_of(code, failure);
}

static uint32_t read24(const uint8_t *bytes) {
  return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16;
}

/// The first frame of a file whose later frames libwebp's demuxer does not understand.
static cimage_status decode_damaged_animation(webp_decoder *decoder, cimage_failure *failure) {
  const cimage_header *header = &decoder->base.header;
  enum { riff_header = 12, chunk_header = 8, frame_header = 16 };
  for (size_t position = riff_header; decoder->count - position > chunk_header + frame_header;) {
    const uint8_t *chunk = decoder->bytes + position, *frame = chunk + chunk_header;
    size_t length = read24(chunk + 4) | (size_t)chunk[7] << 24;
    if (length > decoder->count - position - chunk_header) break;
    if (memcmp(chunk, "ANMF", 4) == 0 && length > frame_header) {
      uint64_t x = read24(frame) * 2, y = read24(frame + 3) * 2;
      uint64_t width = read24(frame + 6) + 1, height = read24(frame + 9) + 1;
      if (x + width > header->width || y + height > header->height) break;
      cimage_warn(&decoder->base, "its animation is damaged");
      return decode_at(decoder, frame + frame_header, length - frame_header, (uint32_t)x,
                       (uint32_t)y, (uint32_t)width, (uint32_t)height, failure);
    }
    position += chunk_header + length + length % 2;
    if (position > decoder->count) break;
  }
  return cimage_fail(failure, CIMAGE_TRUNCATED, "its animation is cut off or damaged");
}

static cimage_status decode_first_frame(webp_decoder *decoder, cimage_failure *failure) {
  const cimage_header *header = &decoder->base.header;
  WebPData data = {decoder->bytes, decoder->count};
  WebPDemuxState state;
  WebPDemuxer *demuxer = WebPDemuxPartial(&data, &state);
  if (!demuxer) return decode_damaged_animation(decoder, failure);
  if (state != WEBP_DEMUX_DONE) cimage_warn(&decoder->base, "its animation is cut off");
  WebPIterator frame;
  cimage_status status;
  if (!WebPDemuxGetFrame(demuxer, 1, &frame)) {
    status = cimage_fail(failure, CIMAGE_CORRUPT, "its animation has no frame");
  } else {
    if (frame.x_offset < 0 || frame.y_offset < 0 || frame.width <= 0 || frame.height <= 0 ||
        (uint64_t)frame.x_offset + (uint64_t)frame.width > header->width ||
        (uint64_t)frame.y_offset + (uint64_t)frame.height > header->height) {
      status = cimage_fail(failure, CIMAGE_CORRUPT, "its first frame lies outside of its canvas");
    } else {
      status = decode_at(decoder, frame.fragment.bytes, frame.fragment.size,
                         (uint32_t)frame.x_offset, (uint32_t)frame.y_offset,
                         (uint32_t)frame.width, (uint32_t)frame.height, failure);
    }
    WebPDemuxReleaseIterator(&frame);
  }
  WebPDemuxDelete(demuxer);
  return status;
}

static cimage_status read_webp(cimage_decoder *base, uint8_t *const *rows, uint32_t count,
                               cimage_failure *failure) {
  webp_decoder *decoder = (webp_decoder *)base;
  if (!decoder->picture) {
    const cimage_header *header = &base->header;
    decoder->picture = calloc(header->height, (size_t)header->width * 4);
    if (!decoder->picture) {
      return cimage_fail(failure, CIMAGE_NO_MEMORY, "there is not enough memory for its pixels");
    }
    cimage_status status =
        decoder->animated ? decode_first_frame(decoder, failure)
                          : decode_at(decoder, decoder->bytes, decoder->count, 0, 0,
                                      header->width, header->height, failure);
    if (status != CIMAGE_OK) return status;
  }
  cimage_copy_rows(base, decoder->picture, rows, count);
  return CIMAGE_OK;
}

cimage_status cimage_open_webp(const uint8_t *bytes, size_t count, const cimage_options *options,
                               cimage_decoder **result, cimage_failure *failure) {
  WebPBitstreamFeatures features;
  cimage_status status = status_of(WebPGetFeatures(bytes, count, &features), failure);
  if (status != CIMAGE_OK) return status;
  if (features.width <= 0 || features.height <= 0) {
    return cimage_fail(failure, CIMAGE_CORRUPT, "it has no pixels");
  }
  status =
      cimage_check_size((uint64_t)features.width, (uint64_t)features.height, options, failure);
  if (status == CIMAGE_OK) {
    status = cimage_check_density((uint64_t)features.width, (uint64_t)features.height, count,
                                  failure);
  }
  if (status != CIMAGE_OK) return status;
  webp_decoder *decoder = calloc(1, sizeof *decoder);
  if (!decoder) return cimage_fail(failure, CIMAGE_NO_MEMORY, "there is not enough memory");
  decoder->base.read = read_webp;
  decoder->base.close = close_webp;
  decoder->bytes = bytes;
  decoder->count = count;
  decoder->animated = features.has_animation;
  cimage_header *header = &decoder->base.header;
  header->mode = features.has_alpha ? CIMAGE_RGBA : CIMAGE_RGB;
  header->width = header->stored_width = (uint32_t)features.width;
  header->height = header->stored_height = (uint32_t)features.height;
  *result = &decoder->base;
  return CIMAGE_OK;
}
