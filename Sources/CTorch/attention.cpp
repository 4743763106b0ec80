#include "guard.hpp"

#include "ctorch_nn.h"

#include <ATen/ops/dropout.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/softmax.h>

#include <algorithm>
#include <cmath>

using namespace ctorch;

namespace {

// Below this many scores the fused kernel's single call is faster than three products.
constexpr int64_t few_scores = 1 << 16;
// Scores of this many pictures at a time stay in the cache from product to softmax to product.
constexpr int64_t scores_at_once = 1 << 20;

/// Whether plain matrix products are faster than LibTorch's fused kernel for the CPU, which
/// multiplies tensors of 16 bits in fp32: 12 heads of 197 tokens take half of its time in bfloat16,
/// forward and backward together less than half.
bool prefers_products(const at::Tensor &query, const at::Tensor &key) {
  if (!query.is_cpu() || query.element_size() != 2) return false;
  return query.requires_grad() ||
         query.numel() / query.size(-1) * key.size(-2) >= few_scores;
}

at::Tensor attention_of_products(const at::Tensor &query, const at::Tensor &key,
                                 const at::Tensor &value,
                                 const std::optional<at::Tensor> &mask, double dropout) {
  const double scale = 1 / std::sqrt(static_cast<double>(query.size(-1)));
  auto scores = at::matmul(query.mul(scale).contiguous(), key.contiguous().transpose(-2, -1));
  if (mask) {
    scores = mask->scalar_type() == at::kBool
                 ? scores.masked_fill(mask->logical_not(), -INFINITY)
                 : scores.add(mask->to(scores.scalar_type()));
  }
  auto probabilities = at::softmax(scores, -1);
  if (dropout > 0) probabilities = at::dropout(probabilities, dropout, true);
  return at::matmul(probabilities, value.contiguous());
}

/// The same, a few elements of the batch at a time: `[batch, heads, tokens, head width]`, laid out
/// with the heads of a token side by side.
at::Tensor attention_in_parts(const at::Tensor &query, const at::Tensor &key,
                              const at::Tensor &value, const std::optional<at::Tensor> &mask) {
  const int64_t batch = query.size(0), heads = query.size(1), tokens = query.size(2);
  const auto out =
      at::empty({batch, tokens, heads, value.size(3)}, query.options()).transpose(1, 2);
  const int64_t step = std::max<int64_t>(1, scores_at_once / (heads * tokens * key.size(2)));
  for (int64_t start = 0; start < batch; start += step) {
    const int64_t count = std::min(step, batch - start);
    const bool is_shared = !mask || mask->dim() < 4 || mask->size(0) == 1;
    out.narrow(0, start, count)
        .copy_(attention_of_products(
            query.narrow(0, start, count), key.narrow(0, start, count),
            value.narrow(0, start, count),
            is_shared ? mask : std::optional<at::Tensor>(mask->narrow(0, start, count)), 0));
  }
  return out;
}

} // namespace

ct_error ct_attention(ct_tensor query, ct_tensor key, ct_tensor value, ct_tensor mask,
                      double dropout, ct_tensor *out) {
  return produce(out, [&] {
    const at::Tensor &q = query->value, &k = key->value, &v = value->value;
    const auto m = optional_tensor(mask);
    if (!prefers_products(q, k)) {
      return at::scaled_dot_product_attention(q, k, v, m, dropout);
    }
    const bool is_inference = !q.requires_grad() && dropout == 0 && q.dim() == 4;
    return is_inference ? attention_in_parts(q, k, v, m)
                        : attention_of_products(q, k, v, m, dropout);
  });
}
