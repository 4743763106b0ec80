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
// For functions that C calls back: an error with a copy of the message.
ct_error ct_error_make(const char *message);

#pragma clang assume_nonnull end
#ifdef __cplusplus
}
#endif
#endif
