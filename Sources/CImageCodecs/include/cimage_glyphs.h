// Words as pixels through FreeType, loaded when first needed.
#ifndef CIMAGE_GLYPHS_H
#define CIMAGE_GLYPHS_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

typedef struct cimage_font_s *cimage_font;

/// Opens a face of a font file; NULL without FreeType, or for a file that is no font.
cimage_font _Nullable cimage_font_open(const char *path, long face);
void cimage_font_close(cimage_font font);

/// Whether the font has a picture of a code point.
int cimage_font_has(cimage_font font, uint32_t character);

/// Writes code points in one line.
/// - Parameters size: pixels of an em, 1 to 512; alpha: `width` by `height` bytes, the share of ink,
///   into which the line is added from `x` on, its base line at `y`; NULL to measure alone.
/// - Returns: how far the line reaches, in pixels.
long cimage_font_write(cimage_font font, const uint32_t *text, size_t count, unsigned size,
                       uint8_t *_Nullable alpha, size_t width, size_t height, long x, long y);

#pragma clang assume_nonnull end
#endif
