// Arithmetic and comparisons with broadcasting, as in NumPy. An operand may be a number.
#pragma once

#include <limits>

#include <taper/tensor/elementwise.h>
#include <taper/tensor/tensor.h>

namespace taper {

// Operands of different dtypes are converted to their result_type() (see tensor/promotion.h), which is
// recorded; their shapes broadcast (ShapeError otherwise). Integers divide as floating numbers of the default
// dtype, else they stay integers and wrap around; bools add and multiply as "or" and "and". Throws DTypeError
// for what a dtype does not have.
Tensor operator+(const Operand& a, const Operand& b);
Tensor operator-(const Operand& a, const Operand& b);
Tensor operator*(const Operand& a, const Operand& b);
Tensor operator/(const Operand& a, const Operand& b);
Tensor operator-(const Tensor& x);
/// `x += y` is `x = x + y`: x becomes another tensor, and nobody else who holds the old one sees a change (as
/// in JAX). Where nobody else does, and nothing is recorded, its memory is used again. Throws ValueError,
/// besides, for a leaf that requires a gradient: see assign().
Tensor& operator+=(Tensor& x, const Operand& y);
Tensor& operator-=(Tensor& x, const Operand& y);
Tensor& operator*=(Tensor& x, const Operand& y);
Tensor& operator/=(Tensor& x, const Operand& y);
/// Writes `value`, broadcast and converted, into the elements of x, for all who share them: a parameter, a
/// tensor without history, or a view of such (`assign(x[0], 1)`; of a parameter inside of a NoGrad). Nothing
/// is recorded. Throws ValueError if x was computed from a tensor that requires a gradient, or if recording
/// is on and `value` requires one (detach() it), or if an integer dtype cannot hold a number; ShapeError if
/// `value` does not broadcast to x's shape.
void assign(Tensor x, const Operand& value);
namespace detail {
/// Throws what assign() throws for a tensor that it must not write to, or a value whose gradient it would
/// lose.
void check_assignable(const Tensor& x, const Operand& value);
}  // namespace detail
/// a to the power b; 0 for the negative powers of integers, but of 1 and -1. The gradient with respect to b
/// is 0 where a is 0 and b is not negative, as in PyTorch.
Tensor pow(const Operand& a, const Operand& b);
/// The larger or the smaller of two elements; NaN if one of them is NaN. If they are equal, each operand gets
/// half of the gradient; for NaN, each gets all of it, as in PyTorch.
Tensor maximum(const Operand& a, const Operand& b);
Tensor minimum(const Operand& a, const Operand& b);
/// The same, but of a number and NaN the number, which gets the gradient.
Tensor fmax(const Operand& a, const Operand& b);
Tensor fmin(const Operand& a, const Operand& b);
/// a / b rounded down; the gradient is 0. Throws ValueError, as the next two do, if integers are divided by
/// 0.
Tensor floor_divide(const Operand& a, const Operand& b);
/// What is left of a after division by b: with the sign of b, of a.
Tensor remainder(const Operand& a, const Operand& b);
Tensor fmod(const Operand& a, const Operand& b);
/// a + weight (b - a).
Tensor lerp(const Operand& a, const Operand& b, const Operand& weight);
/// x + value a b, and x + value a / b.
Tensor addcmul(const Tensor& x, const Operand& a, const Operand& b, const Operand& value = 1);
Tensor addcdiv(const Tensor& x, const Operand& a, const Operand& b, const Operand& value = 1);

// Comparisons return a bool tensor, without gradient. NaN is not equal to any number, nor to NaN.
Tensor operator==(const Operand& a, const Operand& b);
Tensor operator!=(const Operand& a, const Operand& b);
Tensor operator<(const Operand& a, const Operand& b);
Tensor operator<=(const Operand& a, const Operand& b);
Tensor operator>(const Operand& a, const Operand& b);
Tensor operator>=(const Operand& a, const Operand& b);

// Of bools "and", "or" and "exclusive or"; of integers the same on their bits, in the common dtype. Throws
// DTypeError for floating operands.
Tensor operator&(const Operand& a, const Operand& b);
Tensor operator|(const Operand& a, const Operand& b);
Tensor operator^(const Operand& a, const Operand& b);
/// "Not", of a bool or of each bit.
Tensor operator~(const Tensor& a);
/// "Not" of bools alone (DTypeError for other dtypes).
Tensor operator!(const Tensor& a);

/// condition ? a : b, element by element; `condition` is bool. All three broadcast.
Tensor where(const Tensor& condition, const Operand& a, const Operand& b);
/// x limited to [low, high], each a number or a tensor, in the dtype common to all (infinite limits do not
/// count). Between numbers the gradient is 1 where low <= x <= high, else 0; with a tensor it is that of
/// minimum(maximum(x, low), high). Throws ValueError if the number low is larger than the number high, or one
/// is NaN.
Tensor clip(const Tensor& x, const Operand& low = -std::numeric_limits<double>::infinity(),
            const Operand& high = std::numeric_limits<double>::infinity());
/// The same values in another dtype; x itself if it has that dtype already. Between float32 and float64 the
/// gradient is converted back. To float16 and bfloat16 values are rounded to the nearest, of two to the even
/// one, and what is too large becomes infinite; those have no gradient (DTypeError if x requires one:
/// detach() it).
Tensor to(const Tensor& x, DType dtype);

}  // namespace taper
