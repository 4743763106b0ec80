#ifndef CTORCH_OPTIMIZER_H
#define CTORCH_OPTIMIZER_H

#include "ctorch_tensor.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma clang assume_nonnull begin

typedef struct {
  double learning_rate;
  double beta1;
  double beta2;
  double epsilon;
  double weight_decay;
} ct_adamw_settings;

// One AdamW step over lists of equal length, all float32 and on one device. steps are float32
// scalars on that device; each grows by one.
ct_error _Nullable ct_adamw_step(
    const ct_tensor _Nonnull *_Nonnull parameters, const ct_tensor _Nonnull *_Nonnull gradients,
    const ct_tensor _Nonnull *_Nonnull first_moments,
    const ct_tensor _Nonnull *_Nonnull second_moments, const ct_tensor _Nonnull *_Nonnull steps,
    int32_t count, ct_adamw_settings settings);
// The Euclidean length of all elements of all tensors together, a float32 scalar.
ct_error _Nullable ct_list_norm(
    const ct_tensor _Nonnull *_Nonnull tensors, int32_t count, ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_list_multiply_in_place(
    const ct_tensor _Nonnull *_Nonnull tensors, int32_t count, double factor);
// averages += (values - averages) * weight
ct_error _Nullable ct_list_interpolate_in_place(
    const ct_tensor _Nonnull *_Nonnull averages, const ct_tensor _Nonnull *_Nonnull values,
    int32_t count, double weight);

#pragma clang assume_nonnull end
#ifdef __cplusplus
}
#endif
#endif
