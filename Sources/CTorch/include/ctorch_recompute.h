#ifndef CTORCH_RECOMPUTE_H
#define CTORCH_RECOMPUTE_H

#include "ctorch_tensor.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma clang assume_nonnull begin

// A function of one tensor that lives outside. It owns its input, writes a +1 handle to *out, and
// returns NULL or an error of ct_error_make.
typedef struct {
  void *context;
  ct_error _Nullable (*_Nonnull call)(
      void *context, ct_tensor input, ct_tensor _Nullable *_Nonnull out);
  void (*_Nonnull release)(void *context);
} ct_function;

// function(input), remembering only the input: the backward pass calls the function again, with
// the random numbers and the autocast state of the first call. Takes over the context.
ct_error _Nullable ct_recomputed(
    ct_tensor input, ct_function function, ct_tensor _Nullable *_Nonnull out);

#pragma clang assume_nonnull end
#ifdef __cplusplus
}
#endif
#endif
