#pragma once

#include "guard.hpp"

#include "ctorch_recompute.h"

#include <memory>

namespace ctorch {

/// Owns a function from outside and turns its errors back into exceptions.
class OutsideFunction {
public:
  explicit OutsideFunction(ct_function function) : function_(function) {}
  ~OutsideFunction() { function_.release(function_.context); }
  OutsideFunction(const OutsideFunction &) = delete;
  OutsideFunction &operator=(const OutsideFunction &) = delete;

  at::Tensor operator()(const at::Tensor &input) const {
    ct_tensor out = nullptr;
    if (ct_error error = function_.call(function_.context, new ct_tensor_s{input}, &out)) {
      const std::string message = ct_error_message(error);
      ct_error_free(error);
      TORCH_CHECK(false, message);
    }
    std::unique_ptr<ct_tensor_s> result(out);
    return result->value;
  }

private:
  ct_function function_;
};

} // namespace ctorch
