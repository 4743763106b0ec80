#include "guard.hpp"

#include "ctorch_autograd.h"

#include <ATen/autocast_mode.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>

using namespace ctorch;

struct ct_inference_guard_s {
  c10::InferenceMode mode;
};

bool ct_gradient_mode_set(bool enabled) {
  const bool before = c10::GradMode::is_enabled();
  c10::GradMode::set_enabled(enabled);
  return before;
}

bool ct_inference_mode_enabled(void) { return c10::InferenceMode::is_enabled(); }

ct_inference_guard ct_inference_mode_begin(void) { return new ct_inference_guard_s{}; }

void ct_inference_mode_end(ct_inference_guard guard) { delete guard; }

ct_autocast_state ct_autocast_set(ct_autocast_state state, bool cuda) {
  const auto device = cuda ? at::kCUDA : at::kCPU;
  const ct_autocast_state before = {
      at::autocast::is_autocast_enabled(device),
      static_cast<ct_dtype>(at::autocast::get_autocast_dtype(device))};
  at::autocast::set_autocast_dtype(device, scalar_type(state.dtype));
  at::autocast::set_autocast_enabled(device, state.enabled);
  return before;
}

bool ct_autocast_enabled(bool cuda) {
  return at::autocast::is_autocast_enabled(cuda ? at::kCUDA : at::kCPU);
}

void ct_autocast_clear_cache(void) { at::autocast::clear_cache(); }

ct_error ct_tensor_set_requires_gradient(ct_tensor tensor, bool requires_gradient) {
  return guard([&] { tensor->value.set_requires_grad(requires_gradient); });
}

bool ct_tensor_requires_gradient(ct_tensor tensor) { return tensor->value.requires_grad(); }

ct_error ct_tensor_retain_gradient(ct_tensor tensor) {
  return guard([&] { tensor->value.retain_grad(); });
}

ct_error ct_tensor_detach(ct_tensor tensor, ct_tensor *out) {
  return produce(out, [&] { return tensor->value.detach(); });
}

ct_error ct_tensor_backward(ct_tensor tensor, ct_tensor seed) {
  return guard([&] {
    tensor->value.backward(seed ? seed->value : at::Tensor());
  });
}

ct_error ct_tensor_gradient(ct_tensor tensor, ct_tensor *out) {
  return guard([&] {
    const auto &gradient = tensor->value.grad();
    *out = gradient.defined() ? new ct_tensor_s{gradient} : nullptr;
  });
}

ct_error ct_tensor_set_gradient(ct_tensor tensor, ct_tensor gradient) {
  return guard(
      [&] { tensor->value.mutable_grad() = gradient ? gradient->value : at::Tensor(); });
}
