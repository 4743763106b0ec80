#include "cimage_resample.h"

// One copy of each loop for AVX-512, AVX2 and plain x86-64, chosen when the program is loaded;
// elsewhere the compiler's vectors become whatever the machine has.
#if defined(__x86_64__) && defined(__ELF__)
#define FOR_EACH_MACHINE __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define FOR_EACH_MACHINE
#endif
#define INLINE static inline __attribute__((always_inline))

typedef uint8_t bytes16 __attribute__((ext_vector_type(16)));
typedef uint8_t bytes16_unaligned __attribute__((ext_vector_type(16), aligned(1)));
typedef int32_t ints4 __attribute__((ext_vector_type(4)));
typedef int32_t ints4_unaligned __attribute__((ext_vector_type(4), aligned(4)));
typedef int32_t ints8 __attribute__((ext_vector_type(8)));
typedef int32_t ints8_unaligned __attribute__((ext_vector_type(8), aligned(4)));
typedef int32_t ints16 __attribute__((ext_vector_type(16)));
typedef int32_t ints16_unaligned __attribute__((ext_vector_type(16), aligned(4)));

enum { half = 1 << (CIMAGE_COEFFICIENT_BITS - 1) };

// Sixteen bytes as 32-bit integers. A macro: functions cannot return such vectors on every machine.
#define WIDENED(bytes) __builtin_convertvector(*(const bytes16_unaligned *)(bytes), ints16)

INLINE uint8_t rounded(int32_t sum) {
  int32_t value = (sum + half) >> CIMAGE_COEFFICIENT_BITS;
  return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/// The coefficients of 16 / channels pixels, each repeated for its channels.
INLINE void spread(const int32_t *coefficients, int channels, ints16 *result) {
  if (channels == 4) {
    ints4 k = *(const ints4_unaligned *)coefficients;
    *result = __builtin_shufflevector(k, k, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
  } else if (channels == 2) {
    ints8 k = *(const ints8_unaligned *)coefficients;
    *result = __builtin_shufflevector(k, k, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7);
  } else {
    *result = *(const ints16_unaligned *)coefficients;
  }
}

/// Adds up the lanes of each channel and stores the pixel.
INLINE void store_pixel(const ints16 *sums, int channels, uint8_t *pixel) {
  ints8 eight = sums->lo + sums->hi;
  ints4 four = eight.lo + eight.hi;
  if (channels == 4) {
    for (int channel = 0; channel < 4; channel++) pixel[channel] = rounded(four[channel]);
  } else if (channels == 2) {
    pixel[0] = rounded(four[0] + four[2]);
    pixel[1] = rounded(four[1] + four[3]);
  } else {
    pixel[0] = rounded(four[0] + four[1] + four[2] + four[3]);
  }
}

INLINE void horizontal(const uint8_t *const *rows, uint8_t *const *results, int channels,
                       size_t outputs, const int32_t *starts, const int32_t *coefficients,
                       size_t taps) {
  for (size_t output = 0; output < outputs; output++) {
    const size_t offset = (size_t)starts[output] * (size_t)channels;
    const int32_t *window = coefficients + output * taps;
    ints16 sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
    for (size_t tap = 0; tap < taps; tap += 16 / (size_t)channels) {
      ints16 k;
      spread(window + tap, channels, &k);
      const size_t byte = offset + tap * (size_t)channels;
      sum0 += WIDENED(rows[0] + byte) * k;
      sum1 += WIDENED(rows[1] + byte) * k;
      sum2 += WIDENED(rows[2] + byte) * k;
      sum3 += WIDENED(rows[3] + byte) * k;
    }
    const size_t pixel = output * (size_t)channels;
    store_pixel(&sum0, channels, results[0] + pixel);
    store_pixel(&sum1, channels, results[1] + pixel);
    store_pixel(&sum2, channels, results[2] + pixel);
    store_pixel(&sum3, channels, results[3] + pixel);
  }
}

FOR_EACH_MACHINE
void cimage_resample_horizontal(const uint8_t *const *rows, uint8_t *const *results, int channels,
                                size_t outputs, const int32_t *starts,
                                const int32_t *coefficients, size_t taps) {
  // Three calls with a constant, so that each becomes a loop of its own.
  switch (channels) {
    case 4: horizontal(rows, results, 4, outputs, starts, coefficients, taps); break;
    case 2: horizontal(rows, results, 2, outputs, starts, coefficients, taps); break;
    default: horizontal(rows, results, 1, outputs, starts, coefficients, taps); break;
  }
}

FOR_EACH_MACHINE
void cimage_resample_vertical(const uint8_t *const *rows, size_t count,
                              const int32_t *coefficients, uint8_t *result, size_t bytes) {
  for (size_t byte = 0; byte < bytes; byte += 64) {
    ints16 sum0 = half, sum1 = half, sum2 = half, sum3 = half;
    for (size_t row = 0; row < count; row++) {
      const uint8_t *source = rows[row] + byte;
      const int32_t k = coefficients[row];
      sum0 += WIDENED(source) * k;
      sum1 += WIDENED(source + 16) * k;
      sum2 += WIDENED(source + 32) * k;
      sum3 += WIDENED(source + 48) * k;
    }
    const ints16 sums[4] = {sum0, sum1, sum2, sum3};
    for (int part = 0; part < 4; part++) {
      ints16 value = sums[part] >> CIMAGE_COEFFICIENT_BITS;
      value = __builtin_elementwise_min(__builtin_elementwise_max(value, (ints16)0), (ints16)255);
      *(bytes16_unaligned *)(result + byte + 16 * part) =
          __builtin_convertvector(value, bytes16);
    }
  }
}
