// Kernels of the exact vector search: products of 8-bit rows with a query, quantisation, half
// precision, and checksums. Every kernel exists for AVX-512 VNNI, AVX2, NEON and plain C and gives
// bit-equal integers in each; which one runs is chosen once, when first used.
//
// A row of the scan holds `stride` bytes, a multiple of 64: byte = quantised value + 128, and 128
// (zero) from the vector's dimension up to the stride. `stride` is at most VS_MAXIMUM_STRIDE.
#ifndef VECTOR_SCAN_H
#define VECTOR_SCAN_H

#include <stddef.h>
#include <stdint.h>

#define VS_MAXIMUM_STRIDE 16384

#ifdef __cplusplus
extern "C" {
#endif

#pragma clang assume_nonnull begin

typedef enum { VS_PLAIN = 0, VS_AVX2 = 1, VS_AVX512_VNNI = 2, VS_NEON = 3 } vs_kernel;

// The kernels in use; 0 if `kernel` was chosen, -1 if this machine does not have it.
vs_kernel vs_current_kernel(void);
int vs_choose_kernel(vs_kernel kernel);

// A query as two planes of signed bytes: query[i] ~ scale * (high[i] + low[i] / 128).
typedef struct {
  const int8_t *high;  // [stride], 64-byte aligned
  const int8_t *low;   // [stride], 64-byte aligned
  float scale;
  int32_t high_sum;  // sum of high, to take the rows' +128 out again
  int32_t low_sum;
} vs_query;

// products[i] = scale * (high + low / 128) . (rows[i] - 128), for `count` rows in a run.
void vs_scan(const uint8_t *rows, size_t stride, size_t count, const vs_query *query,
             float *products);

// The same for the rows numbered `slots[0..<count]`.
void vs_scan_slots(const uint8_t *rows, size_t stride, const uint32_t *slots, size_t count,
                   const vs_query *query, float *products);

// Sixteen queries at once. `packed` is [stride / 4][16][4] signed bytes, 64-byte aligned, and
// `sums[q]` each query's sum; products[i * 16 + q] = query q . (rows[i] - 128).
void vs_scan_sixteen(const uint8_t *rows, size_t stride, size_t count, const int8_t *packed,
                     const int32_t *sums, int32_t *products);

// Which of count * 16 products may belong to the best: those with
//   bases[q] + factors[q] * (scales[i] * products[i * 16 + q]) + losses[i] >= thresholds[q].
// Writes i * 16 + q of each to `picked` (room for count * 16) and gives how many.
size_t vs_pick_sixteen(const int32_t *products, const float *scales, const float *losses,
                       size_t count, const float *bases, const float *factors,
                       const float *thresholds, uint32_t *picked);

// Writes row[i] = round(values[i] / scale) + 128 with scale = max|values| / 127, fills up to
// stride, and gives the scale and the Euclidean norm of what rounding lost.
void vs_quantize(const float *values, size_t dimension, size_t stride, uint8_t *row, float *scale,
                 float *lost);

// Writes the two planes of a query, each filled with zeros up to stride, and gives their scale and
// the Euclidean norm of what rounding lost of both planes and of the high plane alone.
void vs_quantize_query(const float *values, size_t dimension, size_t stride, int8_t *high,
                       int8_t *low, float *scale, float *lost, float *lost_high);

// Product of a half precision row (IEEE 754 binary16) with a float query.
float vs_dot_half(const uint16_t *row, const float *query, size_t dimension);

void vs_to_half(const float *values, size_t count, uint16_t *halves);
void vs_from_half(const uint16_t *halves, size_t count, float *values);

// XXH3 checksums (Debian's libxxhash, BSD-2): of memory, and of a file's contents in pieces.
uint64_t vs_checksum(const void *bytes, size_t count);
typedef struct vs_hasher vs_hasher;
vs_hasher *_Nullable vs_hasher_create(void);
void vs_hasher_update(vs_hasher *hasher, const void *bytes, size_t count);
void vs_hasher_finish(vs_hasher *hasher, uint8_t digest[_Nonnull 16]);
void vs_hasher_free(vs_hasher *_Nullable hasher);

// Guards mapped memory: reading where its file has become too short gives zeros instead of ending the
// process; whoever reads asks afterwards whether the file is whole. Takes SIGBUS once and hands all
// that is not about guarded memory on to who had it before. Gives a number for vs_unguard, to be
// called before the memory is given back; -1 without a place, and then there is no guard.
int vs_guard(const void *start, size_t size);
void vs_unguard(int place);

#pragma clang assume_nonnull end

#ifdef __cplusplus
}
#endif
#endif
