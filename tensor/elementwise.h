// Element-wise computation on values, without history: what the differentiable operations are made of.
#pragma once

#include <taper/tensor/ops.h>
#include <taper/tensor/tensor.h>

namespace taper {

/// A tensor, or a number that takes the other operand's dtype (ValueError if that cannot hold it). What `x *
/// 2` and `where(mask, x, 0)` accept.
struct Operand {
  Operand(const Tensor& x) : tensor(&x) {}  // NOLINT: implicit on purpose
  Operand(double x) : number(x) {}          // NOLINT
  const Tensor* tensor = nullptr;
  double number = 0;
};

/// `function` is the name that error messages begin with.
namespace compute {

/// Throws DTypeError where the function does not take the dtype.
Tensor unary(const char* function, Unary op, const Tensor& x);
/// Operands broadcast. Throws ShapeError or DTypeError if they do not fit together.
Tensor binary(const char* function, Binary op, const Operand& a, const Operand& b);
Tensor compare(const char* function, Comparison op, const Operand& a, const Operand& b);
/// condition ? a : b, element by element; all three broadcast.
Tensor where(const char* function, const Tensor& condition, const Operand& a, const Operand& b);
/// A row-major copy in another (or the same) dtype. Out-of-range values become the nearest one, NaN becomes
/// 0.
Tensor cast(const Tensor& x, DType dtype, const char* function = "cast");
/// x itself if it is contiguous, else a row-major copy.
Tensor contiguous(const Tensor& x);
/// Overwrites `to`, which may be a view, with the broadcast and converted `from`, which may be a view of the
/// same elements. Throws ShapeError if it does not broadcast, ValueError if elements of `to` share memory.
void copy(Tensor& to, const Tensor& from);
/// to += from, in place; same shape and dtype, `to` contiguous.
void accumulate(Tensor& to, const Tensor& from);

}  // namespace compute
}  // namespace taper
