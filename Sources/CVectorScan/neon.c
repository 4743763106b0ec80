// NEON: bytes are widened to 16 bits and multiplied into 32, which every 64-bit Arm can do.
#if defined(__aarch64__)
#include <arm_neon.h>

#include "kernels.h"

static inline int32x4_t multiply_add(int32x4_t sum, uint8x16_t x, int8x16_t y) {
  const int16x8_t x0 = vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(x)));
  const int16x8_t x1 = vreinterpretq_s16_u16(vmovl_high_u8(x));
  const int16x8_t y0 = vmovl_s8(vget_low_s8(y));
  const int16x8_t y1 = vmovl_high_s8(y);
  sum = vmlal_s16(sum, vget_low_s16(x0), vget_low_s16(y0));
  sum = vmlal_high_s16(sum, x0, y0);
  sum = vmlal_s16(sum, vget_low_s16(x1), vget_low_s16(y1));
  return vmlal_high_s16(sum, x1, y1);
}

static inline float one_row(const uint8_t *row, size_t stride, const vs_query *query) {
  int32x4_t high = vdupq_n_s32(0), low = high;
  for (size_t i = 0; i < stride; i += 16) {
    const uint8x16_t x = vld1q_u8(row + i);
    high = multiply_add(high, x, vld1q_s8(query->high + i));
    low = multiply_add(low, x, vld1q_s8(query->low + i));
  }
  return vs_product(query, vaddvq_s32(high), vaddvq_s32(low));
}

static void scan(const uint8_t *rows, size_t stride, size_t count, const vs_query *query,
                 float *products) {
  for (size_t i = 0; i < count; i++) products[i] = one_row(rows + i * stride, stride, query);
}

static void scan_slots(const uint8_t *rows, size_t stride, const uint32_t *slots, size_t count,
                       const vs_query *query, float *products) {
  for (size_t i = 0; i < count; i++) {
    if (i + 4 < count) {
      const uint8_t *row = rows + (size_t)slots[i + 4] * stride;
      for (size_t line = 0; line < stride; line += 64) __builtin_prefetch(row + line);
    }
    products[i] = one_row(rows + (size_t)slots[i] * stride, stride, query);
  }
}

static float dot_half(const uint16_t *row, const float *query, size_t dimension) {
  float32x4_t sums[4] = {vdupq_n_f32(0), vdupq_n_f32(0), vdupq_n_f32(0), vdupq_n_f32(0)};
  size_t i = 0;
  for (; i + 16 <= dimension; i += 16) {
    for (int j = 0; j < 4; j++) {
      const float32x4_t x = vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(row + i + j * 4)));
      sums[j] = vfmaq_f32(sums[j], x, vld1q_f32(query + i + j * 4));
    }
  }
  float lanes[16];
  for (int j = 0; j < 4; j++) vst1q_f32(lanes + j * 4, sums[j]);
  for (; i < dimension; i++) {
    const float32x4_t x = vcvt_f32_f16(vreinterpret_f16_u16(vdup_n_u16(row[i])));
    lanes[i & 15] = __builtin_fmaf(vgetq_lane_f32(x, 0), query[i], lanes[i & 15]);
  }
  for (int width = 8; width > 0; width /= 2) {
    for (int lane = 0; lane < width; lane++) lanes[lane] += lanes[lane + width];
  }
  return lanes[0];
}

static void scan_sixteen(const uint8_t *rows, size_t stride, size_t count, const int8_t *packed,
                         const int32_t *sums, int32_t *products) {
  vs_plain_kernels.scan_sixteen(rows, stride, count, packed, sums, products);
}

const vs_kernels vs_neon_kernels = {VS_NEON, scan, scan_slots, scan_sixteen, dot_half};
#endif
