// Checks of arguments that many operations share.
#pragma once

#include <taper/tensor/error.h>
#include <taper/tensor/tensor.h>

namespace taper::compute {

// `function` is the name that error messages begin with.

// Note [Undefined tensors]
// Methods of Tensor name themselves. Functions of tensors check theirs before they ask anything of them, most
// of them in a function below or in `compute`, which is given the name anyway.

[[noreturn]] void throw_undefined(const char* function, const char* what);
/// Throws ValueError if x, which `what` names, is undefined; as does everything below.
inline void check_defined(const char* function, const Tensor& x, const char* what = "the tensor") {
  if (!x.defined()) [[unlikely]]
    throw_undefined(function, what);
}
/// normalize_axis and axis_mask for the axes of x.
inline int axis_of(const char* function, const Tensor& x, std::int64_t axis) {
  check_defined(function, x);
  return normalize_axis(function, axis, x.rank());
}
inline unsigned axes_of(const char* function, const Tensor& x, const Axes& axes) {
  check_defined(function, x);
  return axis_mask(function, axes, x.rank());
}
/// Throws DTypeError unless x is float32 or float64.
void check_floating(const char* function, const Tensor& x);
/// Throws DTypeError unless both have one dtype; `what` names the second, as in "weight".
void check_same_dtype(const char* function, const Tensor& x, const Tensor& other, const char* what);
/// Throws ShapeError unless x, which `what` names, has `shape`.
void check_shape(const char* function, const Tensor& x, const Shape& shape, const char* what);

[[noreturn]] void throw_no_workspace(const char* function, const MemoryError& error);
/// visit_floating for kernels that take a workspace: the MemoryError begins with `function`.
template <class Kernel>
void run_kernel(const char* function, DType dtype, Kernel&& kernel) {
  try {
    visit_floating(dtype, kernel);
  } catch (const MemoryError& error) {
    throw_no_workspace(function, error);
  }
}

}  // namespace taper::compute
