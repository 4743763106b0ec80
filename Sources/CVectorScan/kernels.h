// What the files of this target share.
#ifndef KERNELS_H
#define KERNELS_H

#include "vector_scan.h"

// The integer products of one row with both planes of a query: the parts that differ by machine.
typedef struct {
  vs_kernel name;
  void (*scan)(const uint8_t *rows, size_t stride, size_t count, const vs_query *query,
               float *products);
  void (*scan_slots)(const uint8_t *rows, size_t stride, const uint32_t *slots, size_t count,
                     const vs_query *query, float *products);
  void (*scan_sixteen)(const uint8_t *rows, size_t stride, size_t count, const int8_t *packed,
                       const int32_t *sums, int32_t *products);
  float (*dot_half)(const uint16_t *row, const float *query, size_t dimension);
} vs_kernels;

extern const vs_kernels vs_plain_kernels;
#if defined(__x86_64__)
extern const vs_kernels vs_avx2_kernels;
extern const vs_kernels vs_avx512_kernels;
#endif
#if defined(__aarch64__)
extern const vs_kernels vs_neon_kernels;
#endif

// One rounding for every kernel, so that all give the same floats.
static inline float vs_product(const vs_query *query, int32_t high, int32_t low) {
  const float whole = (float)(high - 128 * query->high_sum);
  const float part = (float)(low - 128 * query->low_sum);
  return query->scale * (whole + part * (1.0f / 128.0f));
}

// Asks for the bytes two pages after `row`: the processor's own prefetching stops at the end of a
// page, and a scan waits for memory more than it computes.
static inline void vs_prefetch_ahead(const uint8_t *row, size_t size) {
  for (size_t line = 0; line < size; line += 64) __builtin_prefetch(row + 8192 + line);
}

#endif
