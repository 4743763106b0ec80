// The test that throws out nearly every product of a batch, sixteen at a time.
#include <string.h>

#include "vector_scan.h"

typedef float floats __attribute__((ext_vector_type(16)));
typedef int32_t integers __attribute__((ext_vector_type(16)));

size_t vs_pick_sixteen(const int32_t *products, const float *scales, const float *losses,
                       size_t count, const float *bases, const float *factors,
                       const float *thresholds, uint32_t *picked) {
  floats base, factor, threshold;
  memcpy(&base, bases, sizeof base);
  memcpy(&factor, factors, sizeof factor);
  memcpy(&threshold, thresholds, sizeof threshold);
  size_t found = 0;
  for (size_t i = 0; i < count; i++) {
    integers product;
    memcpy(&product, products + i * 16, sizeof product);
    const floats scaled = __builtin_convertvector(product, floats) * scales[i];
    const integers passes = base + factor * scaled + losses[i] >= threshold;
    if (__builtin_reduce_or(passes) == 0) continue;
    for (uint32_t q = 0; q < 16; q++) {
      if (passes[q]) picked[found++] = (uint32_t)i * 16 + q;
    }
  }
  return found;
}
