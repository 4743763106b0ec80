#include "guard.hpp"

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/full.h>

#include <cstring>

using namespace ctorch;

void ct_tensor_free(ct_tensor tensor) { delete tensor; }

ct_error ct_tensor_retain(ct_tensor tensor, ct_tensor *out) {
  return produce(out, [&] { return tensor->value; });
}

ct_error ct_tensor_from_bytes(const void *bytes, const int64_t *shape, int32_t rank,
                              ct_dtype dtype, ct_tensor *out) {
  return produce(out, [&] {
    auto tensor = at::empty(int_array(shape, rank), scalar_type(dtype));
    std::memcpy(tensor.mutable_data_ptr(), bytes, tensor.nbytes());
    return tensor;
  });
}

ct_error ct_tensor_from_borrowed(void *bytes, const int64_t *shape, int32_t rank, ct_dtype dtype,
                                 void (*release)(void *), void *context, ct_tensor *out) {
  return produce(out, [&] {
    return at::from_blob(
        bytes, int_array(shape, rank), [release, context](void *) { release(context); },
        c10::TensorOptions().dtype(scalar_type(dtype)));
  });
}

ct_error ct_tensor_full(const int64_t *shape, int32_t rank, double value, ct_dtype dtype,
                        ct_device device, ct_tensor *out) {
  return produce(out,
                 [&] { return at::full(int_array(shape, rank), value, options(dtype, device)); });
}

ct_error ct_tensor_arange(int64_t start, int64_t end, ct_dtype dtype, ct_device device,
                          ct_tensor *out) {
  return produce(out, [&] { return at::arange(start, end, options(dtype, device)); });
}

ct_error ct_tensor_eye(int64_t count, ct_dtype dtype, ct_device device, ct_tensor *out) {
  return produce(out, [&] { return at::eye(count, options(dtype, device)); });
}

int32_t ct_tensor_rank(ct_tensor tensor) { return static_cast<int32_t>(tensor->value.dim()); }

void ct_tensor_shape(ct_tensor tensor, int64_t *out) {
  auto sizes = tensor->value.sizes();
  std::copy(sizes.begin(), sizes.end(), out);
}

int64_t ct_tensor_count(ct_tensor tensor) { return tensor->value.numel(); }

ct_dtype ct_tensor_dtype(ct_tensor tensor) {
  return static_cast<ct_dtype>(tensor->value.scalar_type());
}

ct_device ct_tensor_device(ct_tensor tensor) {
  const auto device = tensor->value.device();
  return {device.is_cpu() ? -1 : static_cast<int32_t>(device.index())};
}

bool ct_tensor_is_contiguous(ct_tensor tensor) { return tensor->value.is_contiguous(); }

int64_t ct_tensor_byte_count(ct_tensor tensor) {
  return tensor->value.numel() * static_cast<int64_t>(tensor->value.element_size());
}

ct_error ct_tensor_copy_bytes(ct_tensor tensor, void *out, int64_t byte_count) {
  return guard([&] {
    auto source = tensor->value.detach().to(c10::kCPU).contiguous();
    TORCH_CHECK(static_cast<int64_t>(source.nbytes()) == byte_count, "the tensor has ",
                source.nbytes(), " bytes, but ", byte_count, " were asked for");
    std::memcpy(out, source.const_data_ptr(), source.nbytes());
  });
}

ct_error ct_tensor_data(ct_tensor tensor, void **out) {
  return guard([&] {
    TORCH_CHECK(tensor->value.device().is_cpu() && tensor->value.is_contiguous(),
                "only a contiguous CPU tensor has bytes to read in place");
    *out = tensor->value.mutable_data_ptr();
  });
}

ct_error ct_tensor_item(ct_tensor tensor, double *out) {
  return guard([&] { *out = tensor->value.item().toDouble(); });
}

ct_error ct_tensor_to(ct_tensor tensor, ct_dtype dtype, ct_device device, bool non_blocking,
                      ct_tensor *out) {
  return produce(out, [&] {
    return tensor->value.to(torch_device(device), scalar_type(dtype), non_blocking);
  });
}

ct_error ct_tensor_contiguous(ct_tensor tensor, ct_tensor *out) {
  return produce(out, [&] { return tensor->value.contiguous(); });
}

ct_error ct_tensor_channels_last(ct_tensor tensor, ct_tensor *out) {
  return produce(out, [&] { return tensor->value.contiguous(at::MemoryFormat::ChannelsLast); });
}

ct_error ct_tensor_clone(ct_tensor tensor, ct_tensor *out) {
  return produce(out, [&] { return tensor->value.clone(); });
}

ct_error ct_tensor_copy_from(ct_tensor destination, ct_tensor source) {
  return guard([&] { destination->value.copy_(source->value); });
}
