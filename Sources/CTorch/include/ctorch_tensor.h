#ifndef CTORCH_TENSOR_H
#define CTORCH_TENSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ctorch_error.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma clang assume_nonnull begin

// One reference to a LibTorch tensor. Functions that produce one write a +1 handle.
typedef struct ct_tensor_s *ct_tensor;

// Element types, numbered as c10::ScalarType does.
typedef enum {
  CT_UINT8 = 0,
  CT_INT8 = 1,
  CT_INT16 = 2,
  CT_INT32 = 3,
  CT_INT64 = 4,
  CT_FLOAT16 = 5,
  CT_FLOAT32 = 6,
  CT_FLOAT64 = 7,
  CT_BOOL = 11,
  CT_BFLOAT16 = 15,
} ct_dtype;

// index is -1 for the CPU and the ordinal for a CUDA device.
typedef struct {
  int32_t index;
} ct_device;

void ct_tensor_free(ct_tensor tensor);
// One more handle to the same tensor.
ct_error _Nullable ct_tensor_retain(ct_tensor tensor, ct_tensor _Nullable *_Nonnull out);

ct_error _Nullable ct_tensor_from_bytes(
    const void *bytes, const int64_t *shape, int32_t rank, ct_dtype dtype,
    ct_tensor _Nullable *_Nonnull out);
// No copy: release(context) is called when the last reference to the memory goes.
ct_error _Nullable ct_tensor_from_borrowed(
    void *bytes, const int64_t *shape, int32_t rank, ct_dtype dtype,
    void (*release)(void *), void *context, ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_tensor_full(
    const int64_t *shape, int32_t rank, double value, ct_dtype dtype, ct_device device,
    ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_tensor_arange(
    int64_t start, int64_t end, ct_dtype dtype, ct_device device,
    ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_tensor_eye(
    int64_t count, ct_dtype dtype, ct_device device, ct_tensor _Nullable *_Nonnull out);

int32_t ct_tensor_rank(ct_tensor tensor);
void ct_tensor_shape(ct_tensor tensor, int64_t *out);
int64_t ct_tensor_count(ct_tensor tensor);
ct_dtype ct_tensor_dtype(ct_tensor tensor);
ct_device ct_tensor_device(ct_tensor tensor);
bool ct_tensor_is_contiguous(ct_tensor tensor);
int64_t ct_tensor_byte_count(ct_tensor tensor);

// Copies the contiguous elements, moved to the CPU first; byte_count must equal the tensor's.
ct_error _Nullable ct_tensor_copy_bytes(ct_tensor tensor, void *out, int64_t byte_count);
// The storage of a contiguous CPU tensor, valid while the handle lives.
ct_error _Nullable ct_tensor_data(ct_tensor tensor, void *_Nullable *_Nonnull out);
ct_error _Nullable ct_tensor_item(ct_tensor tensor, double *out);

ct_error _Nullable ct_tensor_to(
    ct_tensor tensor, ct_dtype dtype, ct_device device, bool non_blocking,
    ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_tensor_contiguous(ct_tensor tensor, ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_tensor_channels_last(ct_tensor tensor, ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_tensor_clone(ct_tensor tensor, ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_tensor_copy_from(ct_tensor destination, ct_tensor source);

ct_error _Nullable ct_reshape(
    ct_tensor tensor, const int64_t *shape, int32_t rank, ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_permute(
    ct_tensor tensor, const int64_t *order, int32_t rank, ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_transpose(
    ct_tensor tensor, int64_t first, int64_t second, ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_expand(
    ct_tensor tensor, const int64_t *shape, int32_t rank, ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_unsqueeze(
    ct_tensor tensor, int64_t axis, ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_squeeze(ct_tensor tensor, int64_t axis, ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_select(
    ct_tensor tensor, int64_t axis, int64_t index, ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_narrow(
    ct_tensor tensor, int64_t axis, int64_t start, int64_t length,
    ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_concatenate(
    const ct_tensor _Nonnull *_Nonnull tensors, int32_t count, int64_t axis,
    ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_stack(
    const ct_tensor _Nonnull *_Nonnull tensors, int32_t count, int64_t axis,
    ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_index_select(
    ct_tensor tensor, int64_t axis, ct_tensor indices, ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_gather(
    ct_tensor tensor, int64_t axis, ct_tensor indices, ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_flip(ct_tensor tensor, int64_t axis, ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_triangular_upper(
    ct_tensor tensor, int64_t diagonal, ct_tensor _Nullable *_Nonnull out);

#pragma clang assume_nonnull end
#ifdef __cplusplus
}
#endif
#endif
