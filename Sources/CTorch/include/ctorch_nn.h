#ifndef CTORCH_NN_H
#define CTORCH_NN_H

#include "ctorch_tensor.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma clang assume_nonnull begin

// x [..., inputs], weight [outputs, inputs], bias [outputs] -> [..., outputs]
ct_error _Nullable ct_linear(
    ct_tensor x, ct_tensor weight, ct_tensor _Nullable bias, ct_tensor _Nullable *_Nonnull out);
// x [n, c, h, w], weight [outputs, c / groups, kh, kw]
ct_error _Nullable ct_conv2d(
    ct_tensor x, ct_tensor weight, ct_tensor _Nullable bias, int64_t stride, int64_t padding,
    int64_t groups, ct_tensor _Nullable *_Nonnull out);
// Zero padding of the last two axes: left, right, top, bottom.
ct_error _Nullable ct_pad2d(
    ct_tensor x, int64_t left, int64_t right, int64_t top, int64_t bottom,
    ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_average_pool2d(
    ct_tensor x, int64_t kernel, int64_t stride, ct_tensor _Nullable *_Nonnull out);
// What is added at the edges is never the largest.
ct_error _Nullable ct_max_pool2d(
    ct_tensor x, int64_t kernel, int64_t stride, int64_t padding,
    ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_layer_norm(
    ct_tensor x, int64_t width, ct_tensor _Nullable weight, ct_tensor _Nullable bias,
    double epsilon, ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_batch_norm(
    ct_tensor x, ct_tensor weight, ct_tensor bias, ct_tensor running_mean,
    ct_tensor running_variance, bool training, double momentum, double epsilon,
    ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_embedding(
    ct_tensor weight, ct_tensor indices, int64_t padding_index,
    ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_dropout(
    ct_tensor x, double probability, bool training, ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_softmax(ct_tensor x, int64_t axis, ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_log_softmax(ct_tensor x, int64_t axis, ct_tensor _Nullable *_Nonnull out);
// exact erf, or the tanh approximation
ct_error _Nullable ct_gelu(
    ct_tensor x, bool tanh_approximation, ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_silu(ct_tensor x, ct_tensor _Nullable *_Nonnull out);
// query, key, value [batch, heads, tokens, head width]; mask is additive or bool, broadcastable
// to [batch, heads, queries, keys]; scale is 1 / sqrt(head width).
ct_error _Nullable ct_attention(
    ct_tensor query, ct_tensor key, ct_tensor value, ct_tensor _Nullable mask, double dropout,
    ct_tensor _Nullable *_Nonnull out);
// x [n, c, h, w] -> [n, c, height, width]
ct_error _Nullable ct_resize_bicubic(
    ct_tensor x, int64_t height, int64_t width, bool align_corners,
    ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_resize_bilinear(
    ct_tensor x, int64_t height, int64_t width, bool align_corners,
    ct_tensor _Nullable *_Nonnull out);

#pragma clang assume_nonnull end
#ifdef __cplusplus
}
#endif
#endif
