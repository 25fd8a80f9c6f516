// Element-wise mathematics. All for floating dtypes; negative, abs, sign and square also for signed integers.
#pragma once

#include <taper/tensor/tensor.h>

namespace taper {

Tensor exp(const Tensor& x);
Tensor expm1(const Tensor& x);
/// Natural logarithm; NaN below 0, -inf at 0.
Tensor log(const Tensor& x);
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
Tensor erf(const Tensor& x);
/// Roundings (round: to even at ties); their gradient is 0.
Tensor floor(const Tensor& x);
Tensor ceil(const Tensor& x);
Tensor round(const Tensor& x);

}  // namespace taper
