// JPEG through libjpeg-turbo. Colour spaces as Pillow's JpegImagePlugin: one component is grey,
// three are RGB, four are CMYK stored inverted (Adobe's convention, always assumed).
#include <setjmp.h>
#include <stdio.h>  // jpeglib.h does not include what it needs
#include <stdlib.h>

#include <jpeglib.h>

#include <jerror.h>

#include "decoder.h"

// A hostile progressive file can ask for thousands of passes over a large picture.
enum { maximum_scans = 200 };

typedef struct {
  cimage_decoder base;
  struct jpeg_decompress_struct info;
  struct jpeg_error_mgr errors;
  struct jpeg_source_mgr source;
  struct jpeg_progress_mgr progress;
  jmp_buf escape;
  cimage_failure *failure;
  int out_of_data;
  int started;
} jpeg_decoder;

static jpeg_decoder *decoder_of(j_common_ptr info) { return (jpeg_decoder *)info->client_data; }

static void on_error(j_common_ptr info) {
  jpeg_decoder *decoder = decoder_of(info);
  char message[JMSG_LENGTH_MAX];
  info->err->format_message(info, message);
  cimage_status status = decoder->out_of_data                         ? CIMAGE_TRUNCATED
                         : info->err->msg_code == JERR_OUT_OF_MEMORY ? CIMAGE_NO_MEMORY
                                                                      : CIMAGE_CORRUPT;
  cimage_fail(decoder->failure, status, "libjpeg says: %.150s",
              decoder->out_of_data ? "the data end too early" : message);
  longjmp(decoder->escape, 1);
}

static void on_message(j_common_ptr info) { (void)info; }

static void on_progress(j_common_ptr info) {
  jpeg_decoder *decoder = decoder_of(info);
  if (decoder->info.input_scan_number > maximum_scans) {
    cimage_fail(decoder->failure, CIMAGE_CORRUPT, "it has more than %d scans", maximum_scans);
    longjmp(decoder->escape, 1);
  }
}

static void ignore(j_decompress_ptr info) { (void)info; }

static boolean no_more_data(j_decompress_ptr info) {
  decoder_of((j_common_ptr)info)->out_of_data = 1;
  ERREXIT(info, JERR_INPUT_EOF);
  return FALSE;
}

static void skip(j_decompress_ptr info, long count) {
  if (count <= 0) return;
  if ((size_t)count > info->src->bytes_in_buffer) no_more_data(info);
  info->src->next_input_byte += count;
  info->src->bytes_in_buffer -= (size_t)count;
}

static void close_jpeg(cimage_decoder *base) {
  jpeg_decoder *decoder = (jpeg_decoder *)base;
  jpeg_destroy_decompress(&decoder->info);
  free(decoder);
}

static cimage_status read_jpeg(cimage_decoder *base, uint8_t *const *rows, uint32_t count,
                               cimage_failure *failure) {
  jpeg_decoder *decoder = (jpeg_decoder *)base;
  decoder->failure = failure;
  if (setjmp(decoder->escape)) return failure->status;
  if (!decoder->started) {
    decoder->started = 1;
    jpeg_start_decompress(&decoder->info);
    if (decoder->info.output_width != base->header.width ||
        (uint32_t)decoder->info.output_components !=
            cimage_bytes_per_pixel(base->header.mode)) {
      return cimage_fail(failure, CIMAGE_CORRUPT, "its rows are not as long as its header says");
    }
  }
  // volatile: read after a longjmp would be undefined otherwise.
  volatile uint32_t done = 0;
  while (done < count) {
    done += jpeg_read_scanlines(&decoder->info, (JSAMPARRAY)(rows + done), count - done);
  }
  if (base->header.mode == CIMAGE_CMYK) {
    size_t bytes = (size_t)base->header.width * 4;
    for (uint32_t row = 0; row < count; row++) {
      for (size_t byte = 0; byte < bytes; byte++) rows[row][byte] ^= 255;
    }
  }
  return CIMAGE_OK;
}

/// Each 8 x 8 block costs a Huffman-coded picture at least one bit.
static int data_can_hold_picture(const struct jpeg_decompress_struct *info, size_t count) {
  if (info->arith_code) return 1;  // an arithmetic coder may spend less
  uint64_t blocks = 0;
  for (int index = 0; index < info->num_components; index++) {
    const jpeg_component_info *component = &info->comp_info[index];
    blocks += (uint64_t)component->width_in_blocks * component->height_in_blocks;
  }
  return blocks / 8 <= count;
}

static int reduced_scale(const struct jpeg_decompress_struct *info, uint32_t side) {
  if (side == 0) return 8;
  for (int scale = 1; scale < 8; scale *= 2) {
    uint64_t width = ((uint64_t)info->image_width * (unsigned)scale + 7) / 8;
    uint64_t height = ((uint64_t)info->image_height * (unsigned)scale + 7) / 8;
    if (width >= side && height >= side) return scale;
  }
  return 8;
}

cimage_status cimage_open_jpeg(const uint8_t *bytes, size_t count, const cimage_options *options,
                               cimage_decoder **result, cimage_failure *failure) {
  jpeg_decoder *decoder = calloc(1, sizeof *decoder);
  if (!decoder) return cimage_fail(failure, CIMAGE_NO_MEMORY, "there is not enough memory");
  decoder->base.read = read_jpeg;
  decoder->base.close = close_jpeg;
  decoder->failure = failure;
  struct jpeg_decompress_struct *info = &decoder->info;
  info->err = jpeg_std_error(&decoder->errors);
  decoder->errors.error_exit = on_error;
  decoder->errors.output_message = on_message;
  info->client_data = decoder;
  if (setjmp(decoder->escape)) {
    close_jpeg(&decoder->base);
    return failure->status;
  }
  jpeg_create_decompress(info);
  info->client_data = decoder;
  info->progress = &decoder->progress;
  decoder->progress.progress_monitor = on_progress;
  info->src = &decoder->source;
  decoder->source = (struct jpeg_source_mgr){
      .next_input_byte = bytes,
      .bytes_in_buffer = count,
      .init_source = ignore,
      .fill_input_buffer = no_more_data,
      .skip_input_data = skip,
      .resync_to_restart = jpeg_resync_to_restart,
      .term_source = ignore,
  };
  jpeg_read_header(info, TRUE);

  cimage_header *header = &decoder->base.header;
  cimage_status status =
      cimage_check_size(info->image_width, info->image_height, options, failure);
  if (status == CIMAGE_OK) {
    switch (info->num_components) {
      case 1:
        header->mode = CIMAGE_GREY;
        info->out_color_space = JCS_GRAYSCALE;
        break;
      case 3:
        header->mode = CIMAGE_RGB;
        info->out_color_space = JCS_EXT_RGBX;
        break;
      case 4:
        header->mode = CIMAGE_CMYK;
        info->out_color_space = JCS_CMYK;
        break;
      default:
        status = cimage_fail(failure, CIMAGE_UNSUPPORTED, "it has %d colour components",
                             info->num_components);
    }
  }
  if (status == CIMAGE_OK) {
    info->scale_num = (unsigned)reduced_scale(info, options->reduced_side);
    info->scale_denom = 8;
    jpeg_calc_output_dimensions(info);
    header->width = info->output_width;
    header->height = info->output_height;
    header->stored_width = info->image_width;
    header->stored_height = info->image_height;
    if (!data_can_hold_picture(info, count)) {
      status = cimage_fail(failure, CIMAGE_TRUNCATED,
                           "%zu bytes cannot hold a picture of %u x %u pixels", count,
                           info->image_width, info->image_height);
    }
  }
  if (status != CIMAGE_OK) {
    close_jpeg(&decoder->base);
    return status;
  }
  *result = &decoder->base;
  return CIMAGE_OK;
}
