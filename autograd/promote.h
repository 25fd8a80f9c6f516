// Promotion in operations: operands of different dtypes are converted, which is recorded.
#pragma once

#include <taper/autograd/ops/arithmetic.h>
#include <taper/tensor/dtype.h>
#include <taper/tensor/promotion.h>

namespace taper::detail {

/// Whether a and b can be calculated with as they are: the common dtype is that of the tensors. Undefined
/// tensors, and those that are for storage only, agree with all, so that it is the function itself that
/// refuses them.
bool agree(const Operand& a, const Operand& b);
/// Whether the common dtype of a tensor and a number is the tensor's.
bool holds(const Tensor& x, const Operand& number);
/// Whether neither is a floating tensor, or one for storage only.
bool integral(const Operand& a, const Operand& b);

/// function(a, b) with the tensors in this dtype; `compute` converts numbers.
template <class Function>
[[gnu::noinline]] Tensor converted(DType dtype, const Operand& a, const Operand& b, Function&& function) {
  const Tensor first = a.tensor != nullptr ? to(*a.tensor, dtype) : Tensor();
  const Tensor second = b.tensor != nullptr ? to(*b.tensor, dtype) : Tensor();
  return function(a.tensor != nullptr ? Operand(first) : a, b.tensor != nullptr ? Operand(second) : b);
}

/// function(a, b) in the common dtype.
template <class Function>
Tensor in_common(const Operand& a, const Operand& b, Function&& function) {
  if (agree(a, b)) [[likely]]
    return function(a, b);
  return converted(result_type(a, b), a, b, function);
}

/// The same for a floating function: integers and bools become floating numbers of the default dtype.
template <class Function>
Tensor in_floating(const Operand& a, const Operand& b, Function&& function) {
  if (agree(a, b) && !integral(a, b)) [[likely]]
    return function(a, b);
  if (a.tensor == nullptr && b.tensor == nullptr) return function(a, b);  // refuses them
  const DType dtype = result_type(a, b);
  return converted(is_floating(dtype) ? dtype : default_dtype(), a, b, function);
}

}  // namespace taper::detail
