// The two inner loops of Pillow's separable resampling (libImaging/Resample.c): 8-bit samples,
// 22-bit fixed-point coefficients, rounding to 8 bits after each pass. Integer sums do not depend
// on their order, so the vectorised loops give the same bits as Pillow's scalar ones.
#ifndef CIMAGE_RESAMPLE_H
#define CIMAGE_RESAMPLE_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

enum {
  CIMAGE_COEFFICIENT_BITS = 22,
  CIMAGE_ROWS_AT_ONCE = 4,
  // Every row must be readable and writable this far beyond its end; the rows of the horizontal
  // pass must be readable taps x channels bytes further.
  CIMAGE_ROW_PADDING = 128,
};

/// Horizontal pass over CIMAGE_ROWS_AT_ONCE rows.
/// - channels: 1, 2 or 4.
/// - starts: first source pixel of each of `outputs` pixels.
/// - coefficients: `taps` for each output pixel, zero beyond its window; taps x channels is a
///   multiple of 16.
void cimage_resample_horizontal(const uint8_t *_Nonnull const *_Nonnull rows,
                                uint8_t *_Nonnull const *_Nonnull results, int channels,
                                size_t outputs, const int32_t *starts,
                                const int32_t *coefficients, size_t taps);

/// Vertical pass for one output row: the weighted sum of `count` rows of `bytes` bytes.
void cimage_resample_vertical(const uint8_t *_Nonnull const *_Nonnull rows, size_t count,
                              const int32_t *coefficients, uint8_t *result, size_t bytes);

#pragma clang assume_nonnull end
#endif
