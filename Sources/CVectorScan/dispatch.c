// Chooses the kernels of this machine.
#include <stdatomic.h>

#include "kernels.h"

static const vs_kernels *best(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")) {
    return &vs_avx512_kernels;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
      __builtin_cpu_supports("f16c")) {
    return &vs_avx2_kernels;
  }
#elif defined(__aarch64__)
  return &vs_neon_kernels;
#endif
  return &vs_plain_kernels;
}

static _Atomic(const vs_kernels *) chosen = NULL;

// Two threads may both look for the best: they find the same.
static const vs_kernels *kernels(void) {
  const vs_kernels *current = atomic_load_explicit(&chosen, memory_order_acquire);
  if (current == NULL) {
    current = best();
    atomic_store_explicit(&chosen, current, memory_order_release);
  }
  return current;
}

vs_kernel vs_current_kernel(void) { return kernels()->name; }

int vs_choose_kernel(vs_kernel kernel) {
  const vs_kernels *wanted = NULL;
  const vs_kernel available = best()->name;
  if (kernel == VS_PLAIN) wanted = &vs_plain_kernels;
#if defined(__x86_64__)
  if (kernel == VS_AVX2 && available != VS_PLAIN) wanted = &vs_avx2_kernels;
  if (kernel == VS_AVX512_VNNI && available == VS_AVX512_VNNI) wanted = &vs_avx512_kernels;
#elif defined(__aarch64__)
  if (kernel == VS_NEON && available == VS_NEON) wanted = &vs_neon_kernels;
#endif
  if (wanted == NULL) return -1;
  atomic_store_explicit(&chosen, wanted, memory_order_release);
  return 0;
}

void vs_scan(const uint8_t *rows, size_t stride, size_t count, const vs_query *query,
             float *products) {
  kernels()->scan(rows, stride, count, query, products);
}

void vs_scan_slots(const uint8_t *rows, size_t stride, const uint32_t *slots, size_t count,
                   const vs_query *query, float *products) {
  kernels()->scan_slots(rows, stride, slots, count, query, products);
}

void vs_scan_sixteen(const uint8_t *rows, size_t stride, size_t count, const int8_t *packed,
                     const int32_t *sums, int32_t *products) {
  kernels()->scan_sixteen(rows, stride, count, packed, sums, products);
}

float vs_dot_half(const uint16_t *row, const float *query, size_t dimension) {
  return kernels()->dot_half(row, query, dimension);
}
