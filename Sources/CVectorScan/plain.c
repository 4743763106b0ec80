// Plain C: what every machine can run, and what the other kernels are tested against.
#include "kernels.h"

static float half_value(uint16_t half) {
  const uint32_t sign = (uint32_t)(half & 0x8000) << 16;
  const uint32_t exponent = (half >> 10) & 0x1f;
  uint32_t fraction = half & 0x3ff;
  union { uint32_t bits; float value; } result;
  if (exponent == 0) {
    result.value = (float)fraction * 0x1p-24f;
    result.bits |= sign;
  } else {
    const uint32_t wide = exponent == 31 ? 255 : exponent + 112;
    result.bits = sign | wide << 23 | fraction << 13;
  }
  return result.value;
}

static float product(const uint8_t *row, size_t stride, const vs_query *query) {
  int32_t high = 0, low = 0;
  for (size_t i = 0; i < stride; i++) {
    high += (int32_t)row[i] * query->high[i];
    low += (int32_t)row[i] * query->low[i];
  }
  return vs_product(query, high, low);
}

static void scan(const uint8_t *rows, size_t stride, size_t count, const vs_query *query,
                 float *products) {
  for (size_t i = 0; i < count; i++) products[i] = product(rows + i * stride, stride, query);
}

static void scan_slots(const uint8_t *rows, size_t stride, const uint32_t *slots, size_t count,
                       const vs_query *query, float *products) {
  for (size_t i = 0; i < count; i++) {
    products[i] = product(rows + (size_t)slots[i] * stride, stride, query);
  }
}

static void scan_sixteen(const uint8_t *rows, size_t stride, size_t count, const int8_t *packed,
                         const int32_t *sums, int32_t *products) {
  for (size_t i = 0; i < count; i++) {
    const uint8_t *row = rows + i * stride;
    int32_t *out = products + i * 16;
    for (int q = 0; q < 16; q++) out[q] = -128 * sums[q];
    for (size_t four = 0; four < stride / 4; four++) {
      const int8_t *values = packed + four * 64;
      for (int q = 0; q < 16; q++) {
        for (int j = 0; j < 4; j++) out[q] += (int32_t)row[four * 4 + j] * values[q * 4 + j];
      }
    }
  }
}

static float dot_half(const uint16_t *row, const float *query, size_t dimension) {
  // Sixteen running sums, added up in a fixed order: the same numbers as the vector kernels.
  float sums[16] = {0};
  for (size_t i = 0; i < dimension; i++) {
    sums[i & 15] = __builtin_fmaf(half_value(row[i]), query[i], sums[i & 15]);
  }
  for (int width = 8; width > 0; width /= 2) {
    for (int i = 0; i < width; i++) sums[i] += sums[i + width];
  }
  return sums[0];
}

const vs_kernels vs_plain_kernels = {VS_PLAIN, scan, scan_slots, scan_sixteen, dot_half};

void vs_from_half(const uint16_t *halves, size_t count, float *values) {
  for (size_t i = 0; i < count; i++) values[i] = half_value(halves[i]);
}
