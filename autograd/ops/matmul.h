// Matrix products.
#pragma once

#include <taper/tensor/activation.h>
#include <taper/tensor/tensor.h>

namespace taper {

/// [..., M, K] x [..., K, N] -> [..., M, N], as in NumPy: leading axes broadcast, and an operand of rank 1 is
/// a row on the left, a column on the right, whose axis vanishes from the result.
Tensor matmul(const Tensor& a, const Tensor& b);

/// x [..., in] with weight [out, in] and bias [out] -> x weight^T + bias, [..., out], and the activation of
/// that. An undefined bias is left out.
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
              Activation activation = Activation::none);

}  // namespace taper
