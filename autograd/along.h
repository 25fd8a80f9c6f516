// Functions along one axis, for tensors of any rank. For operations that have one axis.
#pragma once

#include <taper/autograd/ops/shape.h>
#include <taper/autograd/ops/values_and_indices.h>
#include <taper/tensor/check.h>

namespace taper::detail {

inline Tensor without_axes(const Tensor& x) { return reshape(x, {}); }
inline ValuesAndIndices without_axes(const ValuesAndIndices& x) {
  return {without_axes(x.values), without_axes(x.indices)};
}

/// function(x, axis); a tensor of rank 0 is taken as a vector of one element, and the result as one of rank 0
/// again, as in PyTorch. `name` is for messages.
template <class Function>
auto along(const char* name, const Tensor& x, std::int64_t axis, Function&& function) {
  compute::check_defined(name, x);
  if (x.rank() > 0) return function(x, normalize_axis(name, axis, x.rank()));
  return without_axes(function(reshape(x, {1}), normalize_axis(name, axis, 1)));
}

}  // namespace taper::detail
