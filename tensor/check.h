// Checks of arguments that many operations share.
#pragma once

#include <taper/tensor/error.h>
#include <taper/tensor/tensor.h>

namespace taper::compute {

// `function` is the name that error messages begin with.

// Note [Undefined tensors]
// A method called on an undefined tensor throws a ValueError that begins with the name of the method. A
// function should instead report its own name, so it checks its arguments before it calls any method on them.
// Most functions do this through the checks below or through a `compute` function, which get the name as an
// argument.

[[noreturn]] void throw_undefined(const char* function, const char* what);
/// Throws ValueError if x is undefined; the message calls it `what`. All checks below include this one.
inline void check_defined(const char* function, const Tensor& x, const char* what = "the tensor") {
  if (!x.defined()) [[unlikely]]
    throw_undefined(function, what);
}
/// normalize_axis() and axis_mask() with the rank of x; a tensor of rank 0 is reduced along axis 0, too, as
/// in PyTorch, and has no axes in the mask.
inline int axis_of(const char* function, const Tensor& x, std::int64_t axis) {
  check_defined(function, x);
  return normalize_axis(function, axis, x.rank());
}
inline unsigned axes_of(const char* function, const Tensor& x, const Axes& axes) {
  check_defined(function, x);
  return x.rank() > 0 ? axis_mask(function, axes, x.rank()) : axis_mask(function, axes, 1) & 0u;
}
/// Throws DTypeError if the dtype is for storage only.
inline void check_calculable(const char* function, DType dtype) {
  if (is_storage_only(dtype)) [[unlikely]]
    taper::detail::throw_storage_only(function, dtype);
}
/// The column of a dtype in tables of kernels; throws as above.
inline int column_of(const char* function, DType dtype) {
  check_calculable(function, dtype);
  return static_cast<int>(dtype);
}
/// Throws DTypeError unless x is float32 or float64.
void check_floating(const char* function, const Tensor& x);
/// Throws DTypeError unless x and `other` have the same dtype. `what` is the name of `other` in the message,
/// for example "the weight".
void check_same_dtype(const char* function, const Tensor& x, const Tensor& other, const char* what);
/// Throws ShapeError unless x has the shape `shape`; the message calls x `what`.
void check_shape(const char* function, const Tensor& x, const Shape& shape, const char* what);

[[noreturn]] void throw_no_workspace(const char* function, const MemoryError& error);
/// visit_floating() for kernels that allocate a workspace: the message of a MemoryError then begins with
/// `function`.
template <class Kernel>
void run_kernel(const char* function, DType dtype, Kernel&& kernel) {
  try {
    visit_floating(dtype, kernel);
  } catch (const MemoryError& error) {
    throw_no_workspace(function, error);
  }
}

}  // namespace taper::compute
