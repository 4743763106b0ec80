#include "cimage_encode.h"

#include <setjmp.h>
#include <stdio.h>  // jpeglib.h does not include what it needs
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <png.h>

#include "decoder.h"

void cimage_free(void *bytes) { free(bytes); }

typedef struct {
  struct jpeg_error_mgr errors;
  jmp_buf escape;
  cimage_failure *failure;
} jpeg_failure;

static void on_jpeg_error(j_common_ptr info) {
  jpeg_failure *state = info->client_data;
  char message[JMSG_LENGTH_MAX];
  info->err->format_message(info, message);
  cimage_fail(state->failure, CIMAGE_NO_MEMORY, "libjpeg says: %.150s", message);
  longjmp(state->escape, 1);
}

cimage_status cimage_encode_jpeg(const uint8_t *rgb, uint32_t width, uint32_t height,
                                 int quality, uint8_t **bytes, size_t *count,
                                 cimage_failure *failure) {
  struct jpeg_compress_struct info;
  jpeg_failure state;
  unsigned char *buffer = NULL;
  unsigned long size = 0;
  memset(&info, 0, sizeof info);
  state.failure = failure;
  info.err = jpeg_std_error(&state.errors);
  state.errors.error_exit = on_jpeg_error;
  info.client_data = &state;
  if (setjmp(state.escape)) {
    // libjpeg may have replaced the buffer it shows, so after an error (lack of memory) it is left.
    jpeg_destroy_compress(&info);
    return failure->status;
  }
  jpeg_create_compress(&info);
  info.client_data = &state;
  jpeg_mem_dest(&info, &buffer, &size);
  info.image_width = width;
  info.image_height = height;
  info.input_components = 3;
  info.in_color_space = JCS_RGB;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, quality, TRUE);
  info.optimize_coding = TRUE;
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < height) {
    JSAMPROW row = (JSAMPROW)(rgb + (size_t)info.next_scanline * width * 3);
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  *bytes = buffer;
  *count = size;
  return CIMAGE_OK;
}

typedef struct {
  uint8_t *bytes;
  size_t count, capacity;
  cimage_failure *failure;
} png_output;

static void on_png_error(png_structp png, png_const_charp message) {
  png_output *output = png_get_error_ptr(png);
  cimage_fail(output->failure, CIMAGE_NO_MEMORY, "libpng says: %.150s", message);
  png_longjmp(png, 1);
}

static void on_png_warning(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

static void append(png_structp png, png_bytep source, size_t length) {
  png_output *output = png_get_io_ptr(png);
  if (length > output->capacity - output->count) {
    size_t capacity = (output->count + length) * 2;
    uint8_t *bytes = realloc(output->bytes, capacity);
    if (!bytes) png_error(png, "not enough memory");
    output->bytes = bytes;
    output->capacity = capacity;
  }
  memcpy(output->bytes + output->count, source, length);
  output->count += length;
}

static void flush(png_structp png) { (void)png; }

cimage_status cimage_encode_png(const uint8_t *rgb, uint32_t width, uint32_t height, int level,
                                uint8_t **bytes, size_t *count, cimage_failure *failure) {
  png_output output = {.failure = failure};
  png_structp png =
      png_create_write_struct(PNG_LIBPNG_VER_STRING, &output, on_png_error, on_png_warning);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  if (!info) {
    png_destroy_write_struct(&png, NULL);
    return cimage_fail(failure, CIMAGE_NO_MEMORY, "there is not enough memory");
  }
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_write_struct(&png, &info);
    free(output.bytes);
    return failure->status;
  }
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_write_fn(png, &output, append, flush);
  png_set_compression_level(png, level);
  png_set_IHDR(png, info, width, height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  for (size_t row = 0; row < height; row++) png_write_row(png, rgb + row * width * 3);
  png_write_end(png, NULL);
  png_destroy_write_struct(&png, &info);
  *bytes = output.bytes;
  *count = output.count;
  return CIMAGE_OK;
}
