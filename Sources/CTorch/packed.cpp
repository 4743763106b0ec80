#include "guard.hpp"

#include "ctorch_packed.h"

#include <ATen/Context.h>
#include <ATen/core/List.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include <array>
#include <string_view>

using namespace ctorch;

namespace {

// LibTorch registers these operators for its compiler and gives them no header: their signatures
// are those of ATen/native/mkldnn/Linear.cpp and Conv.cpp, checked when an operator is looked up.
using Scalars = c10::List<std::optional<at::Scalar>>;
using MaybeTensor = std::optional<at::Tensor>;
using MaybeName = std::optional<std::string_view>;
using Sizes = at::IntArrayRef;
using PackLinear = at::Tensor(const at::Tensor &, std::optional<int64_t>);
using Linear = at::Tensor(const at::Tensor &, const at::Tensor &, const MaybeTensor &,
                          std::string_view, Scalars, MaybeName);
using LinearBinary = at::Tensor(const at::Tensor &, const at::Tensor &, const at::Tensor &,
                                const MaybeTensor &, std::string_view);
using PackConvolution = at::Tensor(const at::Tensor &, Sizes, Sizes, Sizes, int64_t,
                                   at::OptionalIntArrayRef);
using Convolution = at::Tensor(const at::Tensor &, const at::Tensor &, const MaybeTensor &, Sizes,
                               Sizes, Sizes, int64_t, std::string_view, Scalars, MaybeName);
using ConvolutionBinary = at::Tensor(const at::Tensor &, const at::Tensor &, const at::Tensor &,
                                     const MaybeTensor &, Sizes, Sizes, Sizes, int64_t,
                                     std::string_view, std::optional<at::Scalar>, MaybeName,
                                     Scalars, MaybeName);

template <typename Signature> c10::TypedOperatorHandle<Signature> find(const char *name,
                                                                       const char *overload = "") {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, overload).typed<Signature>();
}

/// What oneDNN's operators call an activation, and its numbers.
struct Fusion {
  std::string_view name;
  Scalars scalars;
  MaybeName algorithm;
};

Fusion fusion(ct_fused_activation activation) {
  switch (activation) {
  case CT_FUSE_NOTHING: return {"none", Scalars(), ""};
  case CT_FUSE_GELU: return {"gelu", Scalars(), "none"};
  case CT_FUSE_SILU: return {"swish", Scalars(), ""};
  case CT_FUSE_RELU: return {"relu", Scalars(), ""};
  case CT_FUSE_RELU6: {
    Scalars bounds;
    bounds.push_back(at::Scalar(0.0));
    bounds.push_back(at::Scalar(6.0));
    return {"hardtanh", bounds, ""};
  }
  }
  TORCH_CHECK(false, "unknown activation");
}

} // namespace

bool ct_packing_supported(ct_dtype dtype) {
  try {
    auto &dispatcher = c10::Dispatcher::singleton();
    if (!at::hasMKLDNN() || !dispatcher.findSchema({"mkldnn::_linear_pointwise", ""})) {
      return false;
    }
    if (dtype == CT_BFLOAT16) return find<bool()>("mkldnn::_is_mkldnn_bf16_supported").call();
    return dtype == CT_FLOAT32;
  } catch (...) {
    return false;
  }
}

ct_error ct_pack_linear(ct_tensor weight, ct_tensor *out) {
  return produce(out, [&] {
    static const auto pack = find<PackLinear>("mkldnn::_reorder_linear_weight");
    return pack.call(weight->value.contiguous(), std::nullopt);
  });
}

ct_error ct_packed_linear(ct_tensor x, ct_tensor packed, ct_tensor bias,
                          ct_fused_activation activation, ct_tensor residual, ct_tensor *out) {
  return produce(out, [&] {
    static const auto linear = find<Linear>("mkldnn::_linear_pointwise");
    static const auto linear_add = find<LinearBinary>("mkldnn::_linear_pointwise", "binary");
    const auto input = x->value.contiguous();
    if (residual) {
      TORCH_CHECK(activation == CT_FUSE_NOTHING, "a residual is not fused with an activation");
      return linear_add.call(input, residual->value.contiguous(), packed->value,
                             optional_tensor(bias), "add");
    }
    const auto [name, scalars, algorithm] = fusion(activation);
    return linear.call(input, packed->value, optional_tensor(bias), name, scalars, algorithm);
  });
}

ct_error ct_pack_conv2d(ct_tensor weight, int64_t stride, int64_t padding, int64_t groups,
                        ct_tensor *out) {
  return produce(out, [&] {
    static const auto pack = find<PackConvolution>("mkldnn::_reorder_convolution_weight");
    const std::array<int64_t, 2> strides{stride, stride}, paddings{padding, padding};
    const std::array<int64_t, 2> dilations{1, 1};
    // A layout is chosen for a picture size; this one was as good as its own for all that our
    // networks meet, while the layout for an unknown size can be a hundred times slower.
    const std::array<int64_t, 4> usual{8, weight->value.size(1) * groups, 28, 28};
    return pack.call(weight->value.contiguous(), paddings, strides, dilations, groups, usual);
  });
}

ct_error ct_packed_conv2d(ct_tensor x, ct_tensor packed, ct_tensor bias, int64_t stride,
                          int64_t padding, int64_t groups, ct_fused_activation activation,
                          ct_tensor residual, ct_tensor *out) {
  return produce(out, [&] {
    static const auto convolution = find<Convolution>("mkldnn::_convolution_pointwise");
    static const auto convolution_add =
        find<ConvolutionBinary>("mkldnn::_convolution_pointwise", "binary");
    const std::array<int64_t, 2> strides{stride, stride}, paddings{padding, padding};
    const std::array<int64_t, 2> dilations{1, 1};
    const auto input = x->value.contiguous(at::MemoryFormat::ChannelsLast);
    const auto [name, scalars, algorithm] = fusion(activation);
    if (residual) {
      const auto last =
          activation == CT_FUSE_NOTHING ? MaybeName() : MaybeName(name);
      return convolution_add.call(
          input, residual->value.contiguous(at::MemoryFormat::ChannelsLast), packed->value,
          optional_tensor(bias), paddings, strides, dilations, groups, "add", std::nullopt, last,
          scalars, std::nullopt);
    }
    return convolution.call(input, packed->value, optional_tensor(bias), paddings, strides,
                            dilations, groups, name, scalars, algorithm);
  });
}
