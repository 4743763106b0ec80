// AVX-512 VNNI: vpdpbusd multiplies 64 unsigned row bytes with 64 signed query bytes at once.
#if defined(__x86_64__)
#include <immintrin.h>

#include "kernels.h"

#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni,avx512dq,avx2,fma,f16c")))

// Sums of four vectors' lanes, as one vector of four.
TARGET static inline __m128i sum_four(__m512i a, __m512i b, __m512i c, __m512i d) {
  const __m512i ab = _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
  const __m512i cd = _mm512_add_epi32(_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
  const __m512i all =
      _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));
  const __m256i half =
      _mm256_add_epi32(_mm512_castsi512_si256(all), _mm512_extracti64x4_epi64(all, 1));
  return _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
}

// Four rows with both planes: the query is read once for the four.
TARGET static inline void four_rows(const uint8_t *r0, const uint8_t *r1, const uint8_t *r2,
                                    const uint8_t *r3, size_t stride, const vs_query *query,
                                    float *products) {
  __m512i h0 = _mm512_setzero_si512(), h1 = h0, h2 = h0, h3 = h0;
  __m512i l0 = h0, l1 = h0, l2 = h0, l3 = h0;
  for (size_t i = 0; i < stride; i += 64) {
    const __m512i high = _mm512_load_si512(query->high + i);
    const __m512i low = _mm512_load_si512(query->low + i);
    const __m512i x0 = _mm512_loadu_si512(r0 + i), x1 = _mm512_loadu_si512(r1 + i);
    const __m512i x2 = _mm512_loadu_si512(r2 + i), x3 = _mm512_loadu_si512(r3 + i);
    h0 = _mm512_dpbusd_epi32(h0, x0, high);
    h1 = _mm512_dpbusd_epi32(h1, x1, high);
    h2 = _mm512_dpbusd_epi32(h2, x2, high);
    h3 = _mm512_dpbusd_epi32(h3, x3, high);
    l0 = _mm512_dpbusd_epi32(l0, x0, low);
    l1 = _mm512_dpbusd_epi32(l1, x1, low);
    l2 = _mm512_dpbusd_epi32(l2, x2, low);
    l3 = _mm512_dpbusd_epi32(l3, x3, low);
  }
  int32_t high[4], low[4];
  _mm_storeu_si128((__m128i *)high, sum_four(h0, h1, h2, h3));
  _mm_storeu_si128((__m128i *)low, sum_four(l0, l1, l2, l3));
  for (int i = 0; i < 4; i++) products[i] = vs_product(query, high[i], low[i]);
}

TARGET static inline float one_row(const uint8_t *row, size_t stride, const vs_query *query) {
  __m512i high = _mm512_setzero_si512(), low = high;
  for (size_t i = 0; i < stride; i += 64) {
    const __m512i x = _mm512_loadu_si512(row + i);
    high = _mm512_dpbusd_epi32(high, x, _mm512_load_si512(query->high + i));
    low = _mm512_dpbusd_epi32(low, x, _mm512_load_si512(query->low + i));
  }
  return vs_product(query, _mm512_reduce_add_epi32(high), _mm512_reduce_add_epi32(low));
}

TARGET static void scan(const uint8_t *rows, size_t stride, size_t count, const vs_query *query,
                        float *products) {
  size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    const uint8_t *row = rows + i * stride;
    vs_prefetch_ahead(row, 4 * stride);
    four_rows(row, row + stride, row + 2 * stride, row + 3 * stride, stride, query, products + i);
  }
  for (; i < count; i++) products[i] = one_row(rows + i * stride, stride, query);
}

TARGET static void scan_slots(const uint8_t *rows, size_t stride, const uint32_t *slots,
                              size_t count, const vs_query *query, float *products) {
  size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    // The rows lie apart, so the processor cannot guess what comes next.
    for (size_t next = i + 4; next < i + 8 && next < count; next++) {
      const char *row = (const char *)rows + (size_t)slots[next] * stride;
      for (size_t line = 0; line < stride; line += 64) _mm_prefetch(row + line, _MM_HINT_T0);
    }
    four_rows(rows + (size_t)slots[i] * stride, rows + (size_t)slots[i + 1] * stride,
              rows + (size_t)slots[i + 2] * stride, rows + (size_t)slots[i + 3] * stride, stride,
              query, products + i);
  }
  for (; i < count; i++) products[i] = one_row(rows + (size_t)slots[i] * stride, stride, query);
}

// Eight rows: four bytes of each row go to all sixteen queries, so no sum across lanes is needed.
TARGET static inline void eight_rows(const uint8_t *rows, size_t stride, const int8_t *packed,
                                     __m512i start, int32_t *products) {
  __m512i sums[8];
  for (int r = 0; r < 8; r++) sums[r] = start;
  for (size_t i = 0; i < stride; i += 4) {
    const __m512i values = _mm512_load_si512(packed + i * 16);
#pragma clang loop unroll(full)
    for (int r = 0; r < 8; r++) {
      int32_t four;
      __builtin_memcpy(&four, rows + (size_t)r * stride + i, 4);
      sums[r] = _mm512_dpbusd_epi32(sums[r], _mm512_set1_epi32(four), values);
    }
  }
  for (int r = 0; r < 8; r++) _mm512_storeu_si512(products + r * 16, sums[r]);
}

TARGET static void scan_sixteen(const uint8_t *rows, size_t stride, size_t count,
                                const int8_t *packed, const int32_t *sums, int32_t *products) {
  const __m512i start =
      _mm512_mullo_epi32(_mm512_loadu_si512(sums), _mm512_set1_epi32(-128));
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    eight_rows(rows + i * stride, stride, packed, start, products + i * 16);
  }
  for (; i < count; i++) {
    __m512i sum = start;
    for (size_t at = 0; at < stride; at += 4) {
      int32_t four;
      __builtin_memcpy(&four, rows + i * stride + at, 4);
      sum = _mm512_dpbusd_epi32(sum, _mm512_set1_epi32(four),
                                _mm512_load_si512(packed + at * 16));
    }
    _mm512_storeu_si512(products + i * 16, sum);
  }
}

TARGET static float dot_half(const uint16_t *row, const float *query, size_t dimension) {
  __m512 sums = _mm512_setzero_ps();
  size_t i = 0;
  for (; i + 16 <= dimension; i += 16) {
    const __m512 values = _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(row + i)));
    sums = _mm512_fmadd_ps(values, _mm512_loadu_ps(query + i), sums);
  }
  if (i < dimension) {
    const __mmask16 mask = (__mmask16)((1u << (dimension - i)) - 1);
    const __m512 values = _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(mask, row + i));
    sums = _mm512_mask3_fmadd_ps(values, _mm512_maskz_loadu_ps(mask, query + i), sums, mask);
  }
  float lanes[16];
  _mm512_storeu_ps(lanes, sums);
  for (int width = 8; width > 0; width /= 2) {
    for (int lane = 0; lane < width; lane++) lanes[lane] += lanes[lane + width];
  }
  return lanes[0];
}

const vs_kernels vs_avx512_kernels = {VS_AVX512_VNNI, scan, scan_slots, scan_sixteen, dot_half};
#endif
