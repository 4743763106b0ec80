#pragma once

#include "guard.hpp"

#include <vector>

namespace ctorch {

/// The tensors behind an array of handles; each is one more reference, not a copy.
inline std::vector<at::Tensor> tensors_of(const ct_tensor *tensors, int32_t count) {
  std::vector<at::Tensor> result;
  result.reserve(static_cast<size_t>(count));
  for (int32_t index = 0; index < count; ++index) {
    result.push_back(tensors[index]->value);
  }
  return result;
}

} // namespace ctorch
