#include "outside_function.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/autocast_mode.h>
#include <ATen/ops/ones.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <memory>

using namespace ctorch;

namespace {

/// What has to be the same when a function is computed again.
struct Surroundings {
  explicit Surroundings(c10::Device device)
      : device_(device), cpu_random_(at::detail::getDefaultCPUGenerator().get_state()),
        autocasts_(at::autocast::is_autocast_enabled(device.type())),
        autocast_type_(at::autocast::get_autocast_dtype(device.type())) {
    if (device.is_cuda()) {
      cuda_random_ = at::globalContext().defaultGenerator(device).get_state();
    }
  }

  void apply() const {
    auto cpu = at::detail::getDefaultCPUGenerator();
    cpu.set_state(cpu_random_);
    if (device_.is_cuda()) {
      auto cuda = at::globalContext().defaultGenerator(device_);
      cuda.set_state(cuda_random_);
    }
    at::autocast::set_autocast_dtype(device_.type(), autocast_type_);
    at::autocast::set_autocast_enabled(device_.type(), autocasts_);
    // Casts of weights that were kept under other gradient modes belong to another graph.
    at::autocast::clear_cache();
  }

private:
  c10::Device device_;
  at::Tensor cpu_random_;
  at::Tensor cuda_random_;
  bool autocasts_;
  at::ScalarType autocast_type_;
};

struct Call : torch::CustomClassHolder {
  Call(std::shared_ptr<OutsideFunction> function, Surroundings surroundings)
      : function(std::move(function)), surroundings(std::move(surroundings)) {}
  std::shared_ptr<OutsideFunction> function;
  Surroundings surroundings;
};

/// Chen et al., Training Deep Nets with Sublinear Memory Cost, 2016: the reentrant form, in which
/// the backward pass of the recomputed part is a backward pass of its own, so that the gradients
/// of tensors that the function holds on to are added where they belong.
struct Recomputed : torch::autograd::Function<Recomputed> {
  // The anchor, a tensor that wants a gradient, makes the result want one even when the input
  // does not (the first layer's).
  static at::Tensor forward(torch::autograd::AutogradContext *context, const at::Tensor &input,
                            const at::Tensor & /*anchor*/, c10::intrusive_ptr<Call> call) {
    context->save_for_backward({input});
    context->saved_data["wants_gradient"] = input.requires_grad();
    context->saved_data["call"] = c10::IValue::make_capsule(call);
    return (*call->function)(input.detach());
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 torch::autograd::variable_list gradients) {
    const auto call = c10::static_intrusive_pointer_cast<Call>(
        context->saved_data["call"].toCapsule());
    const bool wants_gradient = context->saved_data["wants_gradient"].toBool();
    auto input = context->get_saved_variables()[0].detach();
    input.requires_grad_(wants_gradient);
    at::Tensor output;
    {
      c10::AutoGradMode enabled(true);
      const Surroundings before(input.device());
      call->surroundings.apply();
      try {
        output = (*call->function)(input);
      } catch (...) {
        before.apply();
        throw;
      }
      before.apply();
    }
    if (output.requires_grad()) {
      output.backward(gradients[0]);
    }
    return {wants_gradient ? input.grad() : at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

} // namespace

ct_error ct_recomputed(ct_tensor input, ct_function function, ct_tensor *out) {
  auto outside = std::make_shared<OutsideFunction>(function);
  return produce(out, [&] {
    if (!c10::GradMode::is_enabled()) {
      return (*outside)(input->value);
    }
    auto anchor = at::ones({}, at::TensorOptions().requires_grad(true));
    return Recomputed::apply(
        input->value, anchor,
        c10::make_intrusive<Call>(outside, Surroundings(input->value.device())));
  });
}
