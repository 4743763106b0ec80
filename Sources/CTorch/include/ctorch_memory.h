#ifndef CTORCH_MEMORY_H
#define CTORCH_MEMORY_H

#include "ctorch_tensor.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma clang assume_nonnull begin

typedef struct ct_memory_s *ct_memory;

// Counts the bytes of tensors that this thread allocates and frees from now on. Must end on the same
// thread, after every count that began later.
ct_error _Nullable ct_memory_count_begin(ct_memory _Nullable *_Nonnull out);
// Ends the count: the most bytes that were in use at once beyond those of the beginning.
int64_t ct_memory_count_end(ct_memory count);

#pragma clang assume_nonnull end
#ifdef __cplusplus
}
#endif
#endif
