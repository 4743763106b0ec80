// AVX2: bytes are widened to 16 bits before they are multiplied, because the shorter way,
// vpmaddubsw, saturates for such values.
#if defined(__x86_64__)
#include <immintrin.h>

#include "kernels.h"

#define TARGET __attribute__((target("avx2,fma,f16c")))

TARGET static inline int32_t sum_lanes(__m256i values) {
  __m128i sum =
      _mm_add_epi32(_mm256_castsi256_si128(values), _mm256_extracti128_si256(values, 1));
  sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0x4e));
  sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0xb1));
  return _mm_cvtsi128_si32(sum);
}

TARGET static inline float one_row(const uint8_t *row, size_t stride, const vs_query *query) {
  __m256i high = _mm256_setzero_si256(), low = high;
  for (size_t i = 0; i < stride; i += 16) {
    const __m256i x = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(row + i)));
    const __m256i h = _mm256_cvtepi8_epi16(_mm_load_si128((const __m128i *)(query->high + i)));
    const __m256i l = _mm256_cvtepi8_epi16(_mm_load_si128((const __m128i *)(query->low + i)));
    high = _mm256_add_epi32(high, _mm256_madd_epi16(x, h));
    low = _mm256_add_epi32(low, _mm256_madd_epi16(x, l));
  }
  return vs_product(query, sum_lanes(high), sum_lanes(low));
}

TARGET static void scan(const uint8_t *rows, size_t stride, size_t count, const vs_query *query,
                        float *products) {
  for (size_t i = 0; i < count; i++) {
    vs_prefetch_ahead(rows + i * stride, stride);
    products[i] = one_row(rows + i * stride, stride, query);
  }
}

TARGET static void scan_slots(const uint8_t *rows, size_t stride, const uint32_t *slots,
                              size_t count, const vs_query *query, float *products) {
  for (size_t i = 0; i < count; i++) {
    if (i + 4 < count) {
      const char *row = (const char *)rows + (size_t)slots[i + 4] * stride;
      for (size_t line = 0; line < stride; line += 64) _mm_prefetch(row + line, _MM_HINT_T0);
    }
    products[i] = one_row(rows + (size_t)slots[i] * stride, stride, query);
  }
}

TARGET static void scan_sixteen(const uint8_t *rows, size_t stride, size_t count,
                                const int8_t *packed, const int32_t *sums, int32_t *products) {
  for (size_t i = 0; i < count; i++) {
    // Lane q of `even` and `odd` holds the sums of query q (of eight) over two of four bytes.
    __m256i first = _mm256_mullo_epi32(_mm256_loadu_si256((const __m256i *)sums),
                                       _mm256_set1_epi32(-128));
    __m256i second = _mm256_mullo_epi32(_mm256_loadu_si256((const __m256i *)(sums + 8)),
                                        _mm256_set1_epi32(-128));
    for (size_t at = 0; at < stride; at += 4) {
      int32_t four;
      __builtin_memcpy(&four, rows + i * stride + at, 4);
      const __m256i x = _mm256_set1_epi32(four);
      const __m256i even = _mm256_and_si256(x, _mm256_set1_epi16(0xff));
      const __m256i odd = _mm256_srli_epi16(x, 8);
      const __m256i a = _mm256_load_si256((const __m256i *)(packed + at * 16));
      const __m256i b = _mm256_load_si256((const __m256i *)(packed + at * 16 + 32));
      const __m256i a_even = _mm256_srai_epi16(_mm256_slli_epi16(a, 8), 8);
      const __m256i b_even = _mm256_srai_epi16(_mm256_slli_epi16(b, 8), 8);
      first = _mm256_add_epi32(first, _mm256_madd_epi16(even, a_even));
      first = _mm256_add_epi32(first, _mm256_madd_epi16(odd, _mm256_srai_epi16(a, 8)));
      second = _mm256_add_epi32(second, _mm256_madd_epi16(even, b_even));
      second = _mm256_add_epi32(second, _mm256_madd_epi16(odd, _mm256_srai_epi16(b, 8)));
    }
    _mm256_storeu_si256((__m256i *)(products + i * 16), first);
    _mm256_storeu_si256((__m256i *)(products + i * 16 + 8), second);
  }
}

TARGET static float dot_half(const uint16_t *row, const float *query, size_t dimension) {
  __m256 first = _mm256_setzero_ps(), second = first;
  size_t i = 0;
  for (; i + 16 <= dimension; i += 16) {
    const __m256 a = _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(row + i)));
    const __m256 b = _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(row + i + 8)));
    first = _mm256_fmadd_ps(a, _mm256_loadu_ps(query + i), first);
    second = _mm256_fmadd_ps(b, _mm256_loadu_ps(query + i + 8), second);
  }
  float lanes[16];
  _mm256_storeu_ps(lanes, first);
  _mm256_storeu_ps(lanes + 8, second);
  for (; i < dimension; i++) {
    lanes[i & 15] = __builtin_fmaf(_cvtsh_ss(row[i]), query[i], lanes[i & 15]);
  }
  for (int width = 8; width > 0; width /= 2) {
    for (int lane = 0; lane < width; lane++) lanes[lane] += lanes[lane + width];
  }
  return lanes[0];
}

const vs_kernels vs_avx2_kernels = {VS_AVX2, scan, scan_slots, scan_sixteen, dot_half};
#endif
