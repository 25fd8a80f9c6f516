// Checks of arguments that many operations share.
#pragma once

#include <taper/tensor/tensor.h>

namespace taper::compute {

// `function` is the name that error messages begin with.

/// Throws DTypeError unless x is float32 or float64.
void check_floating(const char* function, const Tensor& x);
/// Throws DTypeError unless both have one dtype; `what` names the second, as in "weight".
void check_same_dtype(const char* function, const Tensor& x, const Tensor& other, const char* what);
/// Throws ShapeError unless x, which `what` names, has `shape`.
void check_shape(const char* function, const Tensor& x, const Shape& shape, const char* what);

}  // namespace taper::compute
