// Element-wise mathematics. Where a function does not say otherwise, integers and bools are converted to the
// default dtype, as in PyTorch.
#pragma once

#include <limits>

#include <taper/tensor/elementwise.h>
#include <taper/tensor/tensor.h>

namespace taper {

// Exponentials and logarithms.
Tensor exp(const Tensor& x);
Tensor exp2(const Tensor& x);
/// exp(x) - 1, accurate near 0.
Tensor expm1(const Tensor& x);
/// The natural logarithm: NaN for x < 0, -inf for x = 0.
Tensor log(const Tensor& x);
Tensor log2(const Tensor& x);
Tensor log10(const Tensor& x);
/// log(1 + x), accurate near 0.
Tensor log1p(const Tensor& x);
/// log(exp(a) + exp(b)), without overflow.
Tensor logaddexp(const Operand& a, const Operand& b);
/// x log(y); 0 where x is 0 and y is not NaN.
Tensor xlogy(const Operand& x, const Operand& y);
/// log(x / (1 - x)), the inverse of sigmoid.
Tensor logit(const Tensor& x);

// Powers and roots.
/// Of integers an integer, which wraps around.
Tensor square(const Tensor& x);
Tensor sqrt(const Tensor& x);
/// 1 / sqrt(x).
Tensor rsqrt(const Tensor& x);
/// The cube root, of negative numbers, too.
Tensor cbrt(const Tensor& x);
Tensor reciprocal(const Tensor& x);
/// sqrt(a^2 + b^2), without overflow.
Tensor hypot(const Operand& a, const Operand& b);

// Trigonometry. Angles are in radians.
Tensor sin(const Tensor& x);
Tensor cos(const Tensor& x);
Tensor tan(const Tensor& x);
Tensor asin(const Tensor& x);
Tensor acos(const Tensor& x);
Tensor atan(const Tensor& x);
/// The angle of the point (x, y), from -pi to pi.
Tensor atan2(const Operand& y, const Operand& x);
/// sin(pi x) / (pi x), and 1 at 0.
Tensor sinc(const Tensor& x);

// Hyperbolic functions. (tanh is an activation.)
Tensor sinh(const Tensor& x);
Tensor cosh(const Tensor& x);
Tensor asinh(const Tensor& x);
Tensor acosh(const Tensor& x);
Tensor atanh(const Tensor& x);

// The error function, 1 minus it (accurate where that is small), and its inverse.
Tensor erf(const Tensor& x);
Tensor erfc(const Tensor& x);
Tensor erfinv(const Tensor& x);

// The logarithm of |gamma(x)|, its derivative, and that one's n-th derivative.
Tensor lgamma(const Tensor& x);
Tensor digamma(const Tensor& x);
/// Throws ValueError if n < 0.
Tensor polygamma(std::int64_t n, const Tensor& x);

// Signs. Integers stay integers in abs and sign.
/// The gradient at 0 is 0, as in PyTorch.
Tensor abs(const Tensor& x);
/// -1, 0 or 1; its gradient is 0.
Tensor sign(const Tensor& x);
/// |a| with the sign of b, which is plus for NaN.
Tensor copysign(const Operand& a, const Operand& b);

// Rounding down, up, to the nearest integer (to the even one if two are equally near) and to 0. The gradient
// is 0. Integers stay as they are (DTypeError for bool).
Tensor floor(const Tensor& x);
Tensor ceil(const Tensor& x);
Tensor round(const Tensor& x);
Tensor trunc(const Tensor& x);
/// x - trunc(x); its gradient is 1.
Tensor frac(const Tensor& x);

/// x with these numbers in the place of NaN and infinities; without the last two, the largest and the lowest
/// number of the dtype. Integers stay as they are.
Tensor nan_to_num(const Tensor& x, double nan = 0, double posinf = std::numeric_limits<double>::infinity(),
                  double neginf = -std::numeric_limits<double>::infinity());

}  // namespace taper
