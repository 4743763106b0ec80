#ifndef CTORCH_DISTRIBUTED_H
#define CTORCH_DISTRIBUTED_H

#include "ctorch_tensor.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma clang assume_nonnull begin

// Workers that compute together, each in a process of its own.
typedef struct ct_group_s *ct_group;

// Whether this library was built with a backend for workers; without one joining fails.
bool ct_group_is_available(void);

// Waits at host:port, which rank 0 serves, until all workers are there. A worker that does not
// answer within the timeout makes every call below fail.
ct_error _Nullable ct_group_join(
    const char *host, uint16_t port, int32_t rank, int32_t size, double timeout_seconds,
    ct_group _Nullable *_Nonnull out);
// The same at a file, for the workers of one machine.
ct_error _Nullable ct_group_join_file(
    const char *file, int32_t rank, int32_t size, double timeout_seconds,
    ct_group _Nullable *_Nonnull out);
void ct_group_free(ct_group group);

ct_error _Nullable ct_group_barrier(ct_group group);
// Tensors on the CPU, of equal shape and type on every worker; one buffer carries them all.
ct_error _Nullable ct_group_sum_in_place(
    ct_group group, const ct_tensor _Nonnull *_Nonnull tensors, int32_t count);
ct_error _Nullable ct_group_broadcast_in_place(
    ct_group group, const ct_tensor _Nonnull *_Nonnull tensors, int32_t count, int32_t root);
// [n, ...] on each worker -> [workers * n, ...] in rank order.
ct_error _Nullable ct_group_gather(
    ct_group group, ct_tensor tensor, ct_tensor _Nullable *_Nonnull out);
// The sum over all workers, as a function: its gradient is the sum of the workers' gradients.
ct_error _Nullable ct_group_sum(
    ct_group group, ct_tensor tensor, ct_tensor _Nullable *_Nonnull out);

#pragma clang assume_nonnull end
#ifdef __cplusplus
}
#endif
#endif
