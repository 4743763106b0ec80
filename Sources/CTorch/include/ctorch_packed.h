#ifndef CTORCH_PACKED_H
#define CTORCH_PACKED_H

#include "ctorch_tensor.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma clang assume_nonnull begin

// Linear layers and convolutions whose weights oneDNN has laid out once for this CPU. A packed
// weight keeps its shape and type but is opaque to every function except these.

// Elementwise functions that oneDNN applies while it writes a result.
typedef enum {
  CT_FUSE_NOTHING,
  CT_FUSE_GELU,
  CT_FUSE_SILU,
  CT_FUSE_RELU,
  CT_FUSE_RELU6,
} ct_fused_activation;

// Whether this LibTorch and CPU can compute with packed weights of the type.
bool ct_packing_supported(ct_dtype dtype);

// weight [outputs, inputs]
ct_error _Nullable ct_pack_linear(ct_tensor weight, ct_tensor _Nullable *_Nonnull out);
// activation(x · weightᵀ + bias), or x · weightᵀ + bias + residual: not both.
ct_error _Nullable ct_packed_linear(
    ct_tensor x, ct_tensor packed, ct_tensor _Nullable bias, ct_fused_activation activation,
    ct_tensor _Nullable residual, ct_tensor _Nullable *_Nonnull out);

// weight [outputs, inputs / groups, height, width]
ct_error _Nullable ct_pack_conv2d(
    ct_tensor weight, int64_t stride, int64_t padding, int64_t groups,
    ct_tensor _Nullable *_Nonnull out);
// activation(convolution + bias + residual), channels innermost in memory. The activation is
// nothing, RELU or RELU6; a residual goes with nothing or RELU.
ct_error _Nullable ct_packed_conv2d(
    ct_tensor x, ct_tensor packed, ct_tensor _Nullable bias, int64_t stride, int64_t padding,
    int64_t groups, ct_fused_activation activation, ct_tensor _Nullable residual,
    ct_tensor _Nullable *_Nonnull out);

#pragma clang assume_nonnull end
#ifdef __cplusplus
}
#endif
#endif
