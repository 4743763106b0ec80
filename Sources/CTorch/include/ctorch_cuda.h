#ifndef CTORCH_CUDA_H
#define CTORCH_CUDA_H

#include "ctorch_tensor.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma clang assume_nonnull begin

typedef enum {
  // LibTorch has no CUDA half.
  CT_CUDA_ABSENT,
  // It has one that cannot be loaded.
  CT_CUDA_UNLOADABLE,
  // It is loaded and finds no device.
  CT_CUDA_NO_DEVICE,
  CT_CUDA_READY,
} ct_cuda_state;

typedef struct {
  char name[256];
  // In bytes.
  uint64_t memory;
  // The compute capability, as in 9.0.
  int32_t major, minor;
} ct_cuda_facts;

// Loads libtorch_cuda at the first call. reason belongs to the library and is null when ready.
ct_cuda_state ct_cuda_load(const char *_Nullable *_Nonnull reason);
int32_t ct_cuda_device_count(void);
// False if the driver does not say.
bool ct_cuda_device_facts(int32_t index, ct_cuda_facts *facts);
ct_error _Nullable ct_cuda_synchronize(int32_t index);

#pragma clang assume_nonnull end
#ifdef __cplusplus
}
#endif

#endif
