#ifndef CTORCH_DEVICE_H
#define CTORCH_DEVICE_H

#include "ctorch_tensor.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma clang assume_nonnull begin

const char *ct_torch_version(void);
const char *ct_cpu_capability(void);
bool ct_cpu_has_fast_bfloat16(void);

void ct_threads_set(int32_t count);
int32_t ct_threads_count(void);
bool ct_flush_denormals(bool enabled);
// Must come before the first thread is started. False where the C library has no such switch.
bool ct_keep_freed_memory(void);

// The default generator of the device.
ct_error _Nullable ct_random_seed(uint64_t seed);
ct_error _Nullable ct_random_state(ct_device device, ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_random_set_state(ct_device device, ct_tensor state);
ct_error _Nullable ct_random_uniform(
    const int64_t *shape, int32_t rank, ct_device device, ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_random_normal(
    const int64_t *shape, int32_t rank, ct_device device, ct_tensor _Nullable *_Nonnull out);

#pragma clang assume_nonnull end
#ifdef __cplusplus
}
#endif
#endif
