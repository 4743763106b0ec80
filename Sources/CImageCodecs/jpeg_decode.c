// JPEG through libjpeg-turbo. Colour spaces as Pillow's JpegImagePlugin: one component is grey,
// three are RGB, four are CMYK stored inverted (Adobe's convention, always assumed).
//
// A file that ends too early is refused, as by Pillow, unless all or nearly all of its pixels are there
// (it lacks its end marker, most often): then it is read with a warning, as every viewer shows it.
#include <setjmp.h>
#include <stdio.h>  // jpeglib.h does not include what it needs
#include <stdlib.h>

#include <jpeglib.h>

#include <jerror.h>

#include "decoder.h"

// A hostile progressive file can ask for thousands of passes over a large picture.
enum { maximum_scans = 200 };

// The share of a picture that may be missing at its end.
enum { missing_share = 16 };

typedef struct {
  cimage_decoder base;
  struct jpeg_decompress_struct info;
  struct jpeg_error_mgr errors;
  struct jpeg_source_mgr source;
  struct jpeg_progress_mgr progress;
  jmp_buf escape;
  cimage_failure *failure;
  int out_of_data;       // the data ended; libjpeg has been given an end marker
  int pixels_missing;    // and it was in need of more
  int started, finishing;
  unsigned components_seen;  // a bit for each component that a scan has brought
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

static cimage_status fail_truncated(cimage_failure *failure) {
  return cimage_fail(failure, CIMAGE_TRUNCATED, "libjpeg says: the data end too early");
}

static void on_warning(j_common_ptr common, int level) {
  if (level >= 0) return;
  jpeg_decoder *decoder = decoder_of(common);
  common->err->num_warnings++;
  if (common->err->msg_code != JWRN_HIT_MARKER || !decoder->out_of_data) return;
  const struct jpeg_decompress_struct *info = &decoder->info;
  decoder->pixels_missing = 1;
  if (info->total_iMCU_rows >= missing_share &&
      info->input_iMCU_row + 1 >= info->total_iMCU_rows) {
    return;
  }
  fail_truncated(decoder->failure);
  longjmp(decoder->escape, 1);
}

/// Whether every scan of a file that ended too early had begun, and, where it is progressive, every bit
/// of every coefficient has come.
static int has_all_scans(const jpeg_decoder *decoder) {
  const struct jpeg_decompress_struct *info = &decoder->info;
  if (!jpeg_has_multiple_scans((j_decompress_ptr)info)) return 1;
  if (!info->progressive_mode) {
    return decoder->components_seen == (1u << info->num_components) - 1;
  }
  for (int component = 0; component < info->num_components; component++) {
    for (int coefficient = 0; coefficient < DCTSIZE2; coefficient++) {
      if (info->coef_bits[component][coefficient] != 0) return 0;
    }
  }
  return 1;
}

static void on_progress(j_common_ptr info) {
  jpeg_decoder *decoder = decoder_of(info);
  for (int index = 0; index < decoder->info.comps_in_scan; index++) {
    decoder->components_seen |= 1u << decoder->info.cur_comp_info[index]->component_index;
  }
  if (decoder->info.input_scan_number > maximum_scans) {
    cimage_fail(decoder->failure, CIMAGE_CORRUPT, "it has more than %d scans", maximum_scans);
    longjmp(decoder->escape, 1);
  }
}

static void ignore(j_decompress_ptr info) { (void)info; }

static boolean no_more_data(j_decompress_ptr info) {
  static const JOCTET end[] = {0xFF, JPEG_EOI};
  jpeg_decoder *decoder = decoder_of((j_common_ptr)info);
  decoder->out_of_data = 1;
  if (!decoder->started) ERREXIT(info, JERR_INPUT_EOF);
  info->src->next_input_byte = end;
  info->src->bytes_in_buffer = sizeof end;
  return TRUE;
}

static void skip(j_decompress_ptr info, long count) {
  if (count <= 0) return;
  if ((size_t)count > info->src->bytes_in_buffer) {
    no_more_data(info);
    return;
  }
  info->src->next_input_byte += count;
  info->src->bytes_in_buffer -= (size_t)count;
}

static void close_jpeg(cimage_decoder *base) {
  jpeg_decoder *decoder = (jpeg_decoder *)base;
  jpeg_destroy_decompress(&decoder->info);
  free(decoder);
}

static cimage_status warn_of_end(jpeg_decoder *decoder) {
  if (decoder->out_of_data) {
    cimage_warn(&decoder->base, decoder->pixels_missing ? "the data end within its last rows"
                                                        : "its end marker is missing");
  }
  return CIMAGE_OK;
}

static cimage_status read_jpeg(cimage_decoder *base, uint8_t *const *rows, uint32_t count,
                               cimage_failure *failure) {
  jpeg_decoder *decoder = (jpeg_decoder *)base;
  decoder->failure = failure;
  if (setjmp(decoder->escape)) return decoder->finishing ? warn_of_end(decoder) : failure->status;
  if (!decoder->started) {
    decoder->started = 1;
    jpeg_start_decompress(&decoder->info);
    if (decoder->out_of_data && !has_all_scans(decoder)) return fail_truncated(failure);
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
  if (base->next_row + count < base->header.height) return CIMAGE_OK;
  // Whatever comes now is no failure any more: all pixels are here.
  decoder->finishing = 1;
  jpeg_finish_decompress(&decoder->info);
  return warn_of_end(decoder);
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
  decoder->errors.emit_message = on_warning;
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
