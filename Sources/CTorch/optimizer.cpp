#include "tensor_list.hpp"

#include "ctorch_optimizer.h"

#include <ATen/ops/_foreach_lerp.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/stack.h>

using namespace ctorch;

ct_error ct_adamw_step(const ct_tensor *parameters, const ct_tensor *gradients,
                       const ct_tensor *first_moments, const ct_tensor *second_moments,
                       const ct_tensor *steps, int32_t count, ct_adamw_settings settings) {
  return guard([&] {
    const auto step_counts = tensors_of(steps, count);
    for (const auto &step : step_counts) {
      step.add_(1);
    }
    at::_fused_adamw_(tensors_of(parameters, count), tensors_of(gradients, count),
                      tensors_of(first_moments, count), tensors_of(second_moments, count),
                      /*max_exp_avg_sqs=*/at::TensorList(), step_counts, settings.learning_rate,
                      settings.beta1, settings.beta2, settings.weight_decay, settings.epsilon,
                      /*amsgrad=*/false, /*maximize=*/false);
  });
}

ct_error ct_list_norm(const ct_tensor *tensors, int32_t count, ct_tensor *out) {
  return produce(out, [&] {
    return at::linalg_vector_norm(
        at::stack(at::_foreach_norm(tensors_of(tensors, count), 2, c10::kFloat)));
  });
}

ct_error ct_list_multiply_in_place(const ct_tensor *tensors, int32_t count, double factor) {
  return guard([&] { at::_foreach_mul_(tensors_of(tensors, count), factor); });
}

ct_error ct_list_interpolate_in_place(const ct_tensor *averages, const ct_tensor *values,
                                      int32_t count, double weight) {
  return guard([&] {
    at::_foreach_lerp_(tensors_of(averages, count), tensors_of(values, count),
                       at::Scalar(weight));
  });
}
