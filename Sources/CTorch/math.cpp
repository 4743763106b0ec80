#include "guard.hpp"

#include "ctorch_math.h"

#include <ATen/ops/abs.h>
#include <ATen/ops/add.h>
#include <ATen/ops/amax.h>
#include <ATen/ops/amin.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/clamp.h>
#include <ATen/ops/cos.h>
#include <ATen/ops/cumsum.h>
#include <ATen/ops/div.h>
#include <ATen/ops/eq.h>
#include <ATen/ops/erf.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/floor.h>
#include <ATen/ops/ge.h>
#include <ATen/ops/gt.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/le.h>
#include <ATen/ops/linalg_svd.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/log.h>
#include <ATen/ops/logical_not.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/lt.h>
#include <ATen/ops/masked_fill.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/ne.h>
#include <ATen/ops/neg.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/relu6.h>
#include <ATen/ops/round.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/sign.h>
#include <ATen/ops/sin.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/sort.h>
#include <ATen/ops/sqrt.h>
#include <ATen/ops/sum.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/topk.h>
#include <ATen/ops/var.h>
#include <ATen/ops/where.h>

using namespace ctorch;

namespace {

/// A whole number stays whole beside a tensor of whole numbers, which a double would promote.
at::Scalar scalar_beside(ct_tensor tensor, double value) {
  const bool whole = at::isIntegralType(tensor->value.scalar_type(), /*includeBool=*/false) &&
                     value == static_cast<double>(static_cast<int64_t>(value));
  return whole ? at::Scalar(static_cast<int64_t>(value)) : at::Scalar(value);
}

} // namespace

ct_error ct_add(ct_tensor a, ct_tensor b, double alpha, ct_tensor *out) {
  return produce(out, [&] { return at::add(a->value, b->value, alpha); });
}

ct_error ct_multiply(ct_tensor a, ct_tensor b, ct_tensor *out) {
  return produce(out, [&] { return at::mul(a->value, b->value); });
}

ct_error ct_divide(ct_tensor a, ct_tensor b, ct_tensor *out) {
  return produce(out, [&] { return at::div(a->value, b->value); });
}

ct_error ct_maximum(ct_tensor a, ct_tensor b, ct_tensor *out) {
  return produce(out, [&] { return at::maximum(a->value, b->value); });
}

ct_error ct_minimum(ct_tensor a, ct_tensor b, ct_tensor *out) {
  return produce(out, [&] { return at::minimum(a->value, b->value); });
}

ct_error ct_add_scalar(ct_tensor a, double b, ct_tensor *out) {
  return produce(out, [&] { return at::add(a->value, scalar_beside(a, b)); });
}

ct_error ct_multiply_scalar(ct_tensor a, double b, ct_tensor *out) {
  return produce(out, [&] { return at::mul(a->value, scalar_beside(a, b)); });
}

ct_error ct_power_scalar(ct_tensor a, double b, ct_tensor *out) {
  return produce(out, [&] { return at::pow(a->value, b); });
}

ct_error ct_clamp(ct_tensor a, double lower, double upper, ct_tensor *out) {
  return produce(out, [&] { return at::clamp(a->value, lower, upper); });
}

ct_error ct_apply(ct_unary operation, ct_tensor a, ct_tensor *out) {
  return produce(out, [&]() -> at::Tensor {
    switch (operation) {
    case CT_EXP: return at::exp(a->value);
    case CT_LOG: return at::log(a->value);
    case CT_SQRT: return at::sqrt(a->value);
    case CT_RSQRT: return at::rsqrt(a->value);
    case CT_ABS: return at::abs(a->value);
    case CT_NEGATE: return at::neg(a->value);
    case CT_SIGMOID: return at::sigmoid(a->value);
    case CT_TANH: return at::tanh(a->value);
    case CT_RELU: return at::relu(a->value);
    case CT_RELU6: return at::relu6(a->value);
    case CT_SIN: return at::sin(a->value);
    case CT_COS: return at::cos(a->value);
    case CT_SIGN: return at::sign(a->value);
    case CT_FLOOR: return at::floor(a->value);
    case CT_ROUND: return at::round(a->value);
    case CT_IS_FINITE: return at::isfinite(a->value);
    case CT_LOGICAL_NOT: return at::logical_not(a->value);
    case CT_SOFTPLUS: return at::softplus(a->value);
    case CT_ERF: return at::erf(a->value);
    }
    TORCH_CHECK(false, "unknown elementwise operation");
  });
}

ct_error ct_compare(ct_comparison operation, ct_tensor a, ct_tensor b, ct_tensor *out) {
  return produce(out, [&]() -> at::Tensor {
    switch (operation) {
    case CT_EQUAL: return at::eq(a->value, b->value);
    case CT_NOT_EQUAL: return at::ne(a->value, b->value);
    case CT_LESS: return at::lt(a->value, b->value);
    case CT_LESS_EQUAL: return at::le(a->value, b->value);
    case CT_GREATER: return at::gt(a->value, b->value);
    case CT_GREATER_EQUAL: return at::ge(a->value, b->value);
    }
    TORCH_CHECK(false, "unknown comparison");
  });
}

ct_error ct_compare_scalar(ct_comparison operation, ct_tensor a, double b, ct_tensor *out) {
  return produce(out, [&]() -> at::Tensor {
    switch (operation) {
    case CT_EQUAL: return at::eq(a->value, b);
    case CT_NOT_EQUAL: return at::ne(a->value, b);
    case CT_LESS: return at::lt(a->value, b);
    case CT_LESS_EQUAL: return at::le(a->value, b);
    case CT_GREATER: return at::gt(a->value, b);
    case CT_GREATER_EQUAL: return at::ge(a->value, b);
    }
    TORCH_CHECK(false, "unknown comparison");
  });
}

ct_error ct_where(ct_tensor condition, ct_tensor a, ct_tensor b, ct_tensor *out) {
  return produce(out, [&] { return at::where(condition->value, a->value, b->value); });
}

ct_error ct_masked_fill(ct_tensor a, ct_tensor mask, double value, ct_tensor *out) {
  return produce(out, [&] { return at::masked_fill(a->value, mask->value, value); });
}

ct_error ct_matmul(ct_tensor a, ct_tensor b, ct_tensor *out) {
  return produce(out, [&] { return at::matmul(a->value, b->value); });
}

ct_error ct_reduce(ct_reduction operation, ct_tensor a, const int64_t *axes, int32_t axis_count,
                   bool keeps_axes, ct_tensor *out) {
  return produce(out, [&]() -> at::Tensor {
    const auto chosen = int_array(axes, axis_count);
    switch (operation) {
    case CT_SUM: return at::sum(a->value, chosen, keeps_axes);
    case CT_MEAN: return at::mean(a->value, chosen, keeps_axes);
    case CT_MAX: return at::amax(a->value, chosen, keeps_axes);
    case CT_MIN: return at::amin(a->value, chosen, keeps_axes);
    case CT_NORM: return at::linalg_vector_norm(a->value, 2, chosen, keeps_axes);
    }
    TORCH_CHECK(false, "unknown reduction");
  });
}

ct_error ct_variance(ct_tensor a, int64_t axis, bool unbiased, bool keeps_axes, ct_tensor *out) {
  return produce(out, [&] { return at::var(a->value, {axis}, unbiased, keeps_axes); });
}

ct_error ct_log_sum_exp(ct_tensor a, int64_t axis, bool keeps_axes, ct_tensor *out) {
  return produce(out, [&] { return at::logsumexp(a->value, {axis}, keeps_axes); });
}

ct_error ct_cumulative_sum(ct_tensor a, int64_t axis, ct_tensor *out) {
  return produce(out, [&] { return at::cumsum(a->value, axis); });
}

ct_error ct_argmax(ct_tensor a, int64_t axis, bool keeps_axis, ct_tensor *out) {
  return produce(out, [&] { return at::argmax(a->value, axis, keeps_axis); });
}

ct_error ct_top_k(ct_tensor a, int64_t k, int64_t axis, bool largest, ct_tensor *values,
                  ct_tensor *indices) {
  return guard([&] {
    auto [top, positions] = at::topk(a->value, k, axis, largest, true);
    *values = new ct_tensor_s{std::move(top)};
    *indices = new ct_tensor_s{std::move(positions)};
  });
}

ct_error ct_sort(ct_tensor a, int64_t axis, bool descending, ct_tensor *values,
                 ct_tensor *indices) {
  return guard([&] {
    auto [sorted, positions] = at::sort(a->value, /*stable=*/true, axis, descending);
    *values = new ct_tensor_s{std::move(sorted)};
    *indices = new ct_tensor_s{std::move(positions)};
  });
}

ct_error ct_add_in_place(ct_tensor a, ct_tensor b, double alpha) {
  return guard([&] { a->value.add_(b->value, alpha); });
}

ct_error ct_multiply_in_place(ct_tensor a, double factor) {
  return guard([&] { a->value.mul_(factor); });
}

ct_error ct_fill_in_place(ct_tensor a, double value) {
  return guard([&] { a->value.fill_(value); });
}

ct_error ct_clamp_in_place(ct_tensor a, double lower, double upper) {
  return guard([&] { a->value.clamp_(lower, upper); });
}

ct_error ct_add_product_in_place(ct_tensor a, ct_tensor b, ct_tensor c, double factor) {
  return guard([&] { a->value.addcmul_(b->value, c->value, factor); });
}

ct_error ct_svd(ct_tensor a, ct_tensor *u, ct_tensor *s, ct_tensor *vh) {
  return guard([&] {
    auto [left, values, right] = at::linalg_svd(a->value, /*full_matrices=*/false);
    *u = new ct_tensor_s{std::move(left)};
    *s = new ct_tensor_s{std::move(values)};
    *vh = new ct_tensor_s{std::move(right)};
  });
}
