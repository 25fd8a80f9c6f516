// Checks of arguments that many operations share.
#include <fmt/format.h>

#include <taper/tensor/check.h>
#include <taper/tensor/error.h>

namespace taper::compute {

void throw_undefined(const char* function, const char* what) {
  throw ValueError(
      fmt::format("{}: {} is undefined: default-constructed and never assigned", function, what));
}

void throw_no_workspace(const char* function, const MemoryError& error) {
  throw MemoryError(fmt::format("{}: out of memory for a workspace: {}", function, error.what()));
}

void check_floating(const char* function, const Tensor& x) {
  check_defined(function, x);
  check_calculable(function, x.dtype());
  if (!is_floating(x.dtype()))
    throw DTypeError(fmt::format("{}: expected float32 or float64, got {}; convert with to(x, float32)",
                                 function, name(x.dtype())));
}

void check_same_dtype(const char* function, const Tensor& x, const Tensor& other, const char* what) {
  check_defined(function, x);
  check_defined(function, other, what);
  if (x.dtype() != other.dtype())
    throw DTypeError(fmt::format("{}: expected {} of dtype {}, got {}; convert one with to(x, dtype)",
                                 function, what, name(x.dtype()), name(other.dtype())));
}

void check_shape(const char* function, const Tensor& x, const Shape& shape, const char* what) {
  check_defined(function, x, what);
  if (x.shape() != shape)
    throw ShapeError(fmt::format("{}: expected {} of shape {}, got {}", function, what, to_string(shape),
                                 to_string(x.shape())));
}

}  // namespace taper::compute
