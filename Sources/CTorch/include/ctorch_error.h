#ifndef CTORCH_ERROR_H
#define CTORCH_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif
#pragma clang assume_nonnull begin

// A failed call's message. Every fallible function returns NULL on success; otherwise its
// out-parameters are untouched and the caller owns the error.
typedef struct ct_error_s *ct_error;

const char *ct_error_message(ct_error error);
void ct_error_free(ct_error error);

#pragma clang assume_nonnull end
#ifdef __cplusplus
}
#endif
#endif
