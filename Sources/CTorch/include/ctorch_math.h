#ifndef CTORCH_MATH_H
#define CTORCH_MATH_H

#include "ctorch_tensor.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma clang assume_nonnull begin

// Elementwise with broadcasting.
ct_error _Nullable ct_add(ct_tensor a, ct_tensor b, double alpha, ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_multiply(ct_tensor a, ct_tensor b, ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_divide(ct_tensor a, ct_tensor b, ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_maximum(ct_tensor a, ct_tensor b, ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_minimum(ct_tensor a, ct_tensor b, ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_add_scalar(ct_tensor a, double b, ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_multiply_scalar(ct_tensor a, double b, ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_power_scalar(ct_tensor a, double b, ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_clamp(
    ct_tensor a, double lower, double upper, ct_tensor _Nullable *_Nonnull out);

// One input, one output of the same shape.
typedef enum {
  CT_EXP, CT_LOG, CT_SQRT, CT_RSQRT, CT_ABS, CT_NEGATE, CT_SIGMOID, CT_TANH, CT_RELU, CT_RELU6,
  CT_SIN, CT_COS, CT_SIGN, CT_FLOOR, CT_ROUND, CT_IS_FINITE, CT_LOGICAL_NOT, CT_SOFTPLUS,
  CT_ERF,
} ct_unary;
ct_error _Nullable ct_apply(ct_unary operation, ct_tensor a, ct_tensor _Nullable *_Nonnull out);

// Comparisons give a bool tensor.
typedef enum { CT_EQUAL, CT_NOT_EQUAL, CT_LESS, CT_LESS_EQUAL, CT_GREATER, CT_GREATER_EQUAL }
    ct_comparison;
ct_error _Nullable ct_compare(
    ct_comparison operation, ct_tensor a, ct_tensor b, ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_compare_scalar(
    ct_comparison operation, ct_tensor a, double b, ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_where(
    ct_tensor condition, ct_tensor a, ct_tensor b, ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_masked_fill(
    ct_tensor a, ct_tensor mask, double value, ct_tensor _Nullable *_Nonnull out);

// Matrix products.
ct_error _Nullable ct_matmul(ct_tensor a, ct_tensor b, ct_tensor _Nullable *_Nonnull out);

// Reductions; axis_count 0 reduces everything.
typedef enum { CT_SUM, CT_MEAN, CT_MAX, CT_MIN, CT_NORM } ct_reduction;
ct_error _Nullable ct_reduce(
    ct_reduction operation, ct_tensor a, const int64_t *_Nullable axes, int32_t axis_count,
    bool keeps_axes, ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_variance(
    ct_tensor a, int64_t axis, bool unbiased, bool keeps_axes, ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_log_sum_exp(
    ct_tensor a, int64_t axis, bool keeps_axes, ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_cumulative_sum(
    ct_tensor a, int64_t axis, ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_argmax(
    ct_tensor a, int64_t axis, bool keeps_axis, ct_tensor _Nullable *_Nonnull out);
ct_error _Nullable ct_top_k(
    ct_tensor a, int64_t k, int64_t axis, bool largest, ct_tensor _Nullable *_Nonnull values,
    ct_tensor _Nullable *_Nonnull indices);
ct_error _Nullable ct_sort(
    ct_tensor a, int64_t axis, bool descending, ct_tensor _Nullable *_Nonnull values,
    ct_tensor _Nullable *_Nonnull indices);

// In place. Only optimisers and parameter stores use these.
ct_error _Nullable ct_add_in_place(ct_tensor a, ct_tensor b, double alpha);
ct_error _Nullable ct_multiply_in_place(ct_tensor a, double factor);
ct_error _Nullable ct_fill_in_place(ct_tensor a, double value);
ct_error _Nullable ct_clamp_in_place(ct_tensor a, double lower, double upper);
// a += factor * b * c, elementwise.
ct_error _Nullable ct_add_product_in_place(ct_tensor a, ct_tensor b, ct_tensor c, double factor);

// [outputs, inputs] singular value decomposition: a = u diag(s) vh.
ct_error _Nullable ct_svd(
    ct_tensor a, ct_tensor _Nullable *_Nonnull u, ct_tensor _Nullable *_Nonnull s,
    ct_tensor _Nullable *_Nonnull vh);

#pragma clang assume_nonnull end
#ifdef __cplusplus
}
#endif
#endif
