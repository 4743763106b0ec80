// Conversions of one row of pixels, in place, with Pillow's rounding (libImaging/Convert.c).
#ifndef CIMAGE_PIXELS_H
#define CIMAGE_PIXELS_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// RGBA -> RGBa and LA -> La: colour = round(colour x alpha / 255).
void cimage_premultiply_rgba(uint8_t *row, size_t pixels);
void cimage_premultiply_grey_alpha(uint8_t *row, size_t pixels);

/// RGBa -> RGBA and La -> LA: colour = min(255, floor(255 x colour / alpha)); alpha 0 keeps it.
void cimage_unpremultiply_rgba(uint8_t *row, size_t pixels);
void cimage_unpremultiply_grey_alpha(uint8_t *row, size_t pixels);

/// CMYK -> RGB in four bytes a pixel.
void cimage_cmyk_to_rgb(uint8_t *row, size_t pixels);

/// Palette indices -> RGBA; the row must have room for four bytes a pixel.
void cimage_palette_to_rgba(uint8_t *row, size_t pixels, const uint8_t *palette);

/// LA -> L; the row shrinks to half.
void cimage_drop_grey_alpha(uint8_t *row, size_t pixels);

#pragma clang assume_nonnull end
#endif
