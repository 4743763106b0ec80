#include "tensor_list.hpp"

#include <ATen/ops/cat.h>
#include <ATen/ops/flip.h>
#include <ATen/ops/gather.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/triu.h>

using namespace ctorch;

ct_error ct_reshape(ct_tensor tensor, const int64_t *shape, int32_t rank, ct_tensor *out) {
  return produce(out, [&] { return tensor->value.reshape(int_array(shape, rank)); });
}

ct_error ct_permute(ct_tensor tensor, const int64_t *order, int32_t rank, ct_tensor *out) {
  return produce(out, [&] { return tensor->value.permute(int_array(order, rank)); });
}

ct_error ct_transpose(ct_tensor tensor, int64_t first, int64_t second, ct_tensor *out) {
  return produce(out, [&] { return tensor->value.transpose(first, second); });
}

ct_error ct_expand(ct_tensor tensor, const int64_t *shape, int32_t rank, ct_tensor *out) {
  return produce(out, [&] { return tensor->value.expand(int_array(shape, rank)); });
}

ct_error ct_unsqueeze(ct_tensor tensor, int64_t axis, ct_tensor *out) {
  return produce(out, [&] { return tensor->value.unsqueeze(axis); });
}

ct_error ct_squeeze(ct_tensor tensor, int64_t axis, ct_tensor *out) {
  return produce(out, [&] { return tensor->value.squeeze(axis); });
}

ct_error ct_select(ct_tensor tensor, int64_t axis, int64_t index, ct_tensor *out) {
  return produce(out, [&] { return tensor->value.select(axis, index); });
}

ct_error ct_narrow(ct_tensor tensor, int64_t axis, int64_t start, int64_t length,
                   ct_tensor *out) {
  return produce(out, [&] { return tensor->value.narrow(axis, start, length); });
}

ct_error ct_concatenate(const ct_tensor *tensors, int32_t count, int64_t axis, ct_tensor *out) {
  return produce(out, [&] { return at::cat(tensors_of(tensors, count), axis); });
}

ct_error ct_stack(const ct_tensor *tensors, int32_t count, int64_t axis, ct_tensor *out) {
  return produce(out, [&] { return at::stack(tensors_of(tensors, count), axis); });
}

ct_error ct_index_select(ct_tensor tensor, int64_t axis, ct_tensor indices, ct_tensor *out) {
  return produce(out, [&] { return at::index_select(tensor->value, axis, indices->value); });
}

ct_error ct_gather(ct_tensor tensor, int64_t axis, ct_tensor indices, ct_tensor *out) {
  return produce(out, [&] { return at::gather(tensor->value, axis, indices->value); });
}

ct_error ct_flip(ct_tensor tensor, int64_t axis, ct_tensor *out) {
  return produce(out, [&] { return at::flip(tensor->value, {axis}); });
}

ct_error ct_triangular_upper(ct_tensor tensor, int64_t diagonal, ct_tensor *out) {
  return produce(out, [&] { return at::triu(tensor->value, diagonal); });
}
