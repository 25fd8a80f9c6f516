// Element-wise computations, not recorded by autograd. The differentiable operations are built from them.
#pragma once

#include <taper/tensor/ops.h>
#include <taper/tensor/tensor.h>

namespace taper {

/// A tensor or a number, as in `x * 2` and `where(mask, x, 0)`.
struct Operand {
  Operand(const Tensor& x) : tensor(&x) {}  // NOLINT: implicit on purpose
  template <class Number>
  requires std::is_arithmetic_v<Number> Operand(Number x)  // NOLINT
      : number(static_cast<double>(x)),
        kind_(std::is_same_v<Number, bool>       ? DType::boolean
              : std::is_floating_point_v<Number> ? DType::float64
                                                 : DType::int64) {}
  /// Of a number: boolean, int64 or float64.
  DType kind() const noexcept { return kind_; }

  const Tensor* tensor = nullptr;
  double number = 0;

 private:
  DType kind_ = DType::boolean;
};

/// `function` is the name that error messages begin with.
namespace compute {

/// Integers and bools are converted where tensor/ops.h says so. Throws DTypeError if the function is not
/// defined for the dtype of x.
Tensor unary(const char* function, Unary op, const Tensor& x);
Tensor unary(const char* function, Special op, const Tensor& x);
/// Operands broadcast, and a number is converted to the dtype of the other operand. Throws ShapeError or
/// DTypeError if they do not fit together, ValueError if the dtype cannot hold the number.
Tensor binary(const char* function, Binary op, const Operand& a, const Operand& b);
/// Throws ValueError, besides, if integers are divided by 0.
Tensor binary(const char* function, SpecialPair op, const Operand& a, const Operand& b);
Tensor binary(const char* function, IntegerPair op, const Operand& a, const Operand& b);
Tensor compare(const char* function, Comparison op, const Operand& a, const Operand& b);
/// condition ? a : b, element by element; all three broadcast.
Tensor where(const char* function, const Tensor& condition, const Operand& a, const Operand& b);
/// Whether all elements of x are true, or not 0.
bool all_true(const Tensor& x);
/// A row-major copy in another (or the same) dtype. Out-of-range values become the nearest one of an integer
/// dtype, NaN becomes 0.
Tensor cast(const Tensor& x, DType dtype, const char* function = "cast");
/// x itself if it is contiguous, else a row-major copy.
Tensor contiguous(const Tensor& x);
/// Copies `from` to `to`, broadcast to its shape and converted to its dtype. Both may be views, also of the
/// same elements. Throws ShapeError if `from` does not broadcast to the shape of `to`, ValueError if elements
/// of `to` share memory (as after expand()).
void copy(Tensor& to, const Tensor& from);
/// x = op(x, y) in the memory of x, if the result has its shape and dtype and x is contiguous; else nothing
/// is done.
bool binary_in_place(const char* function, Binary op, Tensor& x, const Operand& y);
/// to += from, in place; same shape and dtype, `to` contiguous.
void accumulate(Tensor& to, const Tensor& from);

}  // namespace compute
}  // namespace taper
