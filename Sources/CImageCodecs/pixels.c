#include "cimage_pixels.h"

#include <string.h>

/// round(a x b / 255) for bytes, exactly as Pillow's MULDIV255.
static inline uint32_t scaled(uint32_t a, uint32_t b) {
  uint32_t product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}

static inline uint8_t unscaled(uint32_t colour, uint32_t alpha) {
  if (alpha == 255 || alpha == 0) return (uint8_t)colour;
  uint32_t value = 255 * colour / alpha;
  return (uint8_t)(value > 255 ? 255 : value);
}

void cimage_premultiply_rgba(uint8_t *row, size_t pixels) {
  for (uint8_t *pixel = row; pixel < row + 4 * pixels; pixel += 4) {
    for (int channel = 0; channel < 3; channel++) {
      pixel[channel] = (uint8_t)scaled(pixel[channel], pixel[3]);
    }
  }
}

void cimage_premultiply_grey_alpha(uint8_t *row, size_t pixels) {
  for (uint8_t *pixel = row; pixel < row + 2 * pixels; pixel += 2) {
    pixel[0] = (uint8_t)scaled(pixel[0], pixel[1]);
  }
}

void cimage_unpremultiply_rgba(uint8_t *row, size_t pixels) {
  for (uint8_t *pixel = row; pixel < row + 4 * pixels; pixel += 4) {
    for (int channel = 0; channel < 3; channel++) {
      pixel[channel] = unscaled(pixel[channel], pixel[3]);
    }
  }
}

void cimage_unpremultiply_grey_alpha(uint8_t *row, size_t pixels) {
  for (uint8_t *pixel = row; pixel < row + 2 * pixels; pixel += 2) {
    pixel[0] = unscaled(pixel[0], pixel[1]);
  }
}

void cimage_cmyk_to_rgb(uint8_t *row, size_t pixels) {
  for (uint8_t *pixel = row; pixel < row + 4 * pixels; pixel += 4) {
    uint32_t white = 255u - pixel[3];
    for (int channel = 0; channel < 3; channel++) {
      pixel[channel] = (uint8_t)(white - scaled(pixel[channel], white));
    }
    pixel[3] = 255;
  }
}

void cimage_palette_to_rgba(uint8_t *row, size_t pixels, const uint8_t *palette) {
  // From the end, so that no index is overwritten before it is read.
  for (size_t pixel = pixels; pixel-- > 0;) {
    memcpy(row + 4 * pixel, palette + 4 * (size_t)row[pixel], 4);
  }
}

void cimage_drop_grey_alpha(uint8_t *row, size_t pixels) {
  for (size_t pixel = 0; pixel < pixels; pixel++) row[pixel] = row[2 * pixel];
}
