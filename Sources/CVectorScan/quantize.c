// Rows and queries as bytes, and how much of them was lost.
#include <math.h>
#include <string.h>

#include "vector_scan.h"

static float largest(const float *values, size_t count) {
  float result = 0;
  for (size_t i = 0; i < count; i++) result = fmaxf(result, fabsf(values[i]));
  return result;
}

void vs_quantize(const float *values, size_t dimension, size_t stride, uint8_t *row, float *scale,
                 float *lost) {
  const float step = largest(values, dimension) / 127.0f;
  const float inverse = step > 0 ? 1.0f / step : 0.0f;
  double squares = 0;
  for (size_t i = 0; i < dimension; i++) {
    const float level = fminf(127.0f, fmaxf(-127.0f, rintf(values[i] * inverse)));
    const double difference = (double)values[i] - (double)level * (double)step;
    squares += difference * difference;
    row[i] = (uint8_t)((int)level + 128);
  }
  memset(row + dimension, 128, stride - dimension);
  *scale = step;
  *lost = (float)sqrt(squares) * 1.000001f;
}

void vs_quantize_query(const float *values, size_t dimension, size_t stride, int8_t *high,
                       int8_t *low, float *scale, float *lost, float *lost_high) {
  const float step = largest(values, dimension) / 127.0f;
  const float inverse = step > 0 ? 1.0f / step : 0.0f;
  double squares = 0, high_squares = 0;
  memset(high, 0, stride);
  memset(low, 0, stride);
  for (size_t i = 0; i < dimension; i++) {
    const float level = fminf(127.0f, fmaxf(-127.0f, rintf(values[i] * inverse)));
    const float rest = rintf((values[i] * inverse - level) * 128.0f);
    const float part = fminf(127.0f, fmaxf(-127.0f, rest));
    const double high_difference = (double)values[i] - (double)level * (double)step;
    const double difference = high_difference - (double)part * (double)step / 128.0;
    high_squares += high_difference * high_difference;
    squares += difference * difference;
    high[i] = (int8_t)level;
    low[i] = (int8_t)part;
  }
  *scale = step;
  *lost = (float)sqrt(squares) * 1.000001f;
  *lost_high = (float)sqrt(high_squares) * 1.000001f;
}

void vs_to_half(const float *values, size_t count, uint16_t *halves) {
  for (size_t i = 0; i < count; i++) {
    union { float value; uint32_t bits; } x = {values[i]};
    const uint16_t sign = (uint16_t)((x.bits >> 16) & 0x8000);
    const uint32_t magnitude = x.bits & 0x7fffffff;
    if (magnitude >= 0x7f800000) {  // infinity and not-a-number
      halves[i] = (uint16_t)(sign | 0x7c00 | (magnitude > 0x7f800000 ? 0x200 : 0));
    } else if (magnitude >= 0x477ff000) {  // rounds to 65536 or more
      halves[i] = (uint16_t)(sign | 0x7c00);
    } else if (magnitude < 0x38800000) {  // below 2^-14: a multiple of 2^-24
      x.bits = magnitude;
      halves[i] = (uint16_t)(sign | (uint16_t)rintf(x.value * 0x1p24f));
    } else {  // round to nearest, ties to even
      const uint32_t rounded = magnitude + 0xfff + ((magnitude >> 13) & 1);
      halves[i] = (uint16_t)(sign | (uint16_t)((rounded >> 13) - 0x1c000));
    }
  }
}
