#ifndef CTORCH_AUTOGRAD_H
#define CTORCH_AUTOGRAD_H

#include "ctorch_tensor.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma clang assume_nonnull begin

// Thread-local switches; each returns what was set before, to be put back by the caller.
bool ct_gradient_mode_set(bool enabled);
bool ct_inference_mode_enabled(void);
typedef struct ct_inference_guard_s *ct_inference_guard;
ct_inference_guard ct_inference_mode_begin(void);
void ct_inference_mode_end(ct_inference_guard guard);

typedef struct {
  bool enabled;
  ct_dtype dtype;
} ct_autocast_state;
ct_autocast_state ct_autocast_set(ct_autocast_state state, bool cuda);
bool ct_autocast_enabled(bool cuda);
void ct_autocast_clear_cache(void);

ct_error _Nullable ct_tensor_set_requires_gradient(ct_tensor tensor, bool requires_gradient);
bool ct_tensor_requires_gradient(ct_tensor tensor);
// For tensors that are no leaves: the backward pass leaves their gradient, too.
ct_error _Nullable ct_tensor_retain_gradient(ct_tensor tensor);
ct_error _Nullable ct_tensor_detach(ct_tensor tensor, ct_tensor _Nullable *_Nonnull out);
// seed has the tensor's shape; NULL means one (tensor must be a scalar).
ct_error _Nullable ct_tensor_backward(ct_tensor tensor, ct_tensor _Nullable seed);
// Writes NULL when the tensor has no gradient.
ct_error _Nullable ct_tensor_gradient(ct_tensor tensor, ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_tensor_set_gradient(ct_tensor tensor, ct_tensor _Nullable gradient);

#pragma clang assume_nonnull end
#ifdef __cplusplus
}
#endif
#endif
