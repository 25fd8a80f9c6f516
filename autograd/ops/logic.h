// Predicates, and operations on truth values and bits. The results have no gradient.
#pragma once

#include <taper/tensor/elementwise.h>
#include <taper/tensor/tensor.h>

namespace taper {

/// a 2^b, wrapping around, and a / 2^b rounded down, of integers: all bits are shifted out if b is negative.
Tensor bitwise_left_shift(const Operand& a, const Operand& b);
Tensor bitwise_right_shift(const Operand& a, const Operand& b);

// Logical operations on any dtypes, where all but 0 counts as true. (Operators are in arithmetic.h.)
Tensor logical_and(const Tensor& a, const Tensor& b);
Tensor logical_or(const Tensor& a, const Tensor& b);
Tensor logical_xor(const Tensor& a, const Tensor& b);
Tensor logical_not(const Tensor& a);

Tensor isnan(const Tensor& x);
/// Infinite, of either sign.
Tensor isinf(const Tensor& x);
/// Neither infinite nor NaN.
Tensor isfinite(const Tensor& x);
/// Whether the sign is minus: true for -0, false for NaN.
Tensor signbit(const Tensor& x);

struct Closeness {
  double rtol = 1e-5, atol = 1e-8;
  bool equal_nan = false;  // NaN is close to NaN
};
/// |a - b| <= atol + rtol |b|, or a == b. Throws ValueError for a tolerance that is not at least 0.
Tensor isclose(const Operand& a, const Operand& b, const Closeness& tolerance = {});
/// Whether all elements are close.
bool allclose(const Operand& a, const Operand& b, const Closeness& tolerance = {});
/// Whether a and b have the same shape and equal elements.
bool equal(const Tensor& a, const Tensor& b);

}  // namespace taper
