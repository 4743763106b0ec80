#pragma once

#if !__has_include(<ATen/core/Tensor.h>)
#error \
    "LibTorch not found. In a clone of swift-chinese-clip: run 'make libtorch'. In a package that depends on it: run '.build/checkouts/swift-chinese-clip/Scripts/install-libtorch.sh --user', which fills ~/.cache/cnclip/libtorch. Or set LIBTORCH to a folder with include/ and lib/."
#endif

#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "ctorch_tensor.h"

struct ct_error_s {
  std::string message;
};

struct ct_tensor_s {
  at::Tensor value;
};

namespace ctorch {

/// Runs a body and turns whatever it throws into an error: no exception crosses the C border.
template <typename Body> ct_error guard(Body &&body) noexcept {
  try {
    body();
    return nullptr;
  } catch (const c10::Error &error) {
    return new ct_error_s{error.what_without_backtrace()};
  } catch (const std::exception &error) {
    return new ct_error_s{error.what()};
  } catch (...) {
    return new ct_error_s{"LibTorch failed without saying why"};
  }
}

/// Runs a body that makes one tensor and hands out a +1 handle to it.
template <typename Body> ct_error produce(ct_tensor *out, Body &&body) noexcept {
  return guard([&] { *out = new ct_tensor_s{body()}; });
}

inline at::ScalarType scalar_type(ct_dtype dtype) { return static_cast<at::ScalarType>(dtype); }

inline c10::Device torch_device(ct_device device) {
  return device.index < 0
             ? c10::Device(c10::kCPU)
             : c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(device.index));
}

inline std::optional<at::Tensor> optional_tensor(ct_tensor tensor) {
  return tensor ? std::optional<at::Tensor>(tensor->value) : std::nullopt;
}

inline c10::IntArrayRef int_array(const int64_t *values, int32_t count) {
  return c10::IntArrayRef(values, static_cast<size_t>(count));
}

inline c10::TensorOptions options(ct_dtype dtype, ct_device device) {
  return c10::TensorOptions().dtype(scalar_type(dtype)).device(torch_device(device));
}

} // namespace ctorch
