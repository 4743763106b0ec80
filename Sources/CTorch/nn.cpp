#include "guard.hpp"

#include "ctorch_nn.h"

#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/dropout.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/upsample_bicubic2d.h>
#include <ATen/ops/upsample_bilinear2d.h>

using namespace ctorch;

ct_error ct_linear(ct_tensor x, ct_tensor weight, ct_tensor bias, ct_tensor *out) {
  return produce(out,
                 [&] { return at::linear(x->value, weight->value, optional_tensor(bias)); });
}

ct_error ct_conv2d(ct_tensor x, ct_tensor weight, ct_tensor bias, int64_t stride,
                   int64_t padding, int64_t groups, ct_tensor *out) {
  return produce(out, [&] {
    return at::conv2d(x->value, weight->value, optional_tensor(bias), {stride, stride},
                      c10::IntArrayRef{padding, padding}, {1, 1}, groups);
  });
}

ct_error ct_pad2d(ct_tensor x, int64_t left, int64_t right, int64_t top, int64_t bottom,
                  ct_tensor *out) {
  return produce(
      out, [&] { return at::constant_pad_nd(x->value, {left, right, top, bottom}, 0); });
}

ct_error ct_average_pool2d(ct_tensor x, int64_t kernel, int64_t stride, ct_tensor *out) {
  return produce(out,
                 [&] { return at::avg_pool2d(x->value, {kernel, kernel}, {stride, stride}); });
}

ct_error ct_max_pool2d(ct_tensor x, int64_t kernel, int64_t stride, int64_t padding,
                       ct_tensor *out) {
  return produce(out, [&] {
    return at::max_pool2d(x->value, {kernel, kernel}, {stride, stride}, {padding, padding});
  });
}

ct_error ct_layer_norm(ct_tensor x, int64_t width, ct_tensor weight, ct_tensor bias,
                       double epsilon, ct_tensor *out) {
  return produce(out, [&] {
    return at::layer_norm(x->value, {width}, optional_tensor(weight), optional_tensor(bias),
                          epsilon);
  });
}

ct_error ct_batch_norm(ct_tensor x, ct_tensor weight, ct_tensor bias, ct_tensor running_mean,
                       ct_tensor running_variance, bool training, double momentum,
                       double epsilon, ct_tensor *out) {
  return produce(out, [&] {
    return at::batch_norm(x->value, weight->value, bias->value, running_mean->value,
                          running_variance->value, training, momentum, epsilon, true);
  });
}

ct_error ct_embedding(ct_tensor weight, ct_tensor indices, int64_t padding_index,
                      ct_tensor *out) {
  return produce(out,
                 [&] { return at::embedding(weight->value, indices->value, padding_index); });
}

ct_error ct_dropout(ct_tensor x, double probability, bool training, ct_tensor *out) {
  return produce(out, [&] { return at::dropout(x->value, probability, training); });
}

ct_error ct_softmax(ct_tensor x, int64_t axis, ct_tensor *out) {
  return produce(out, [&] { return at::softmax(x->value, axis); });
}

ct_error ct_log_softmax(ct_tensor x, int64_t axis, ct_tensor *out) {
  return produce(out, [&] { return at::log_softmax(x->value, axis); });
}

ct_error ct_gelu(ct_tensor x, bool tanh_approximation, ct_tensor *out) {
  return produce(
      out, [&] { return at::gelu(x->value, tanh_approximation ? "tanh" : "none"); });
}

ct_error ct_silu(ct_tensor x, ct_tensor *out) {
  return produce(out, [&] { return at::silu(x->value); });
}

ct_error ct_resize_bicubic(ct_tensor x, int64_t height, int64_t width, bool align_corners,
                           ct_tensor *out) {
  return produce(out, [&] {
    return at::upsample_bicubic2d(x->value, {height, width}, align_corners);
  });
}

ct_error ct_resize_bilinear(ct_tensor x, int64_t height, int64_t width, bool align_corners,
                            ct_tensor *out) {
  return produce(out, [&] {
    return at::upsample_bilinear2d(x->value, {height, width}, align_corners);
  });
}
