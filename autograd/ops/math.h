// Element-wise mathematics. All functions are for floating dtypes (DTypeError otherwise); abs, sign and
// square also for signed integers.
#pragma once

#include <taper/tensor/tensor.h>

namespace taper {

Tensor exp(const Tensor& x);
/// exp(x) - 1, accurate near 0.
Tensor expm1(const Tensor& x);
/// The natural logarithm: NaN for x < 0, -inf for x = 0.
Tensor log(const Tensor& x);
/// log(1 + x), accurate near 0.
Tensor log1p(const Tensor& x);
Tensor sqrt(const Tensor& x);
Tensor square(const Tensor& x);
Tensor reciprocal(const Tensor& x);
/// The gradient at 0 is 0, as in PyTorch.
Tensor abs(const Tensor& x);
/// -1, 0 or 1; its gradient is 0.
Tensor sign(const Tensor& x);
Tensor sin(const Tensor& x);
Tensor cos(const Tensor& x);
/// The error function.
Tensor erf(const Tensor& x);
/// Rounding down, up, and to the nearest integer (to the even one if two are equally near). The gradient is
/// 0.
Tensor floor(const Tensor& x);
Tensor ceil(const Tensor& x);
Tensor round(const Tensor& x);

}  // namespace taper
