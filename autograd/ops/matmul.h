// Matrix products.
#pragma once

#include <taper/tensor/activation.h>
#include <taper/tensor/tensor.h>

namespace taper {

/// The matrix product [..., M, K] x [..., K, N] -> [..., M, N], as in NumPy: leading axes broadcast. A first
/// operand [K] is treated as a row [1, K], a second operand [K] as a column [K, 1]; the added axis is removed
/// from the result. Throws ShapeError or DTypeError for operands that do not fit together.
Tensor matmul(const Tensor& a, const Tensor& b);

/// x [..., in] with weight [out, in] and bias [out] -> activation(x weight^T + bias) [..., out]. An undefined
/// bias is not added. Throws ShapeError or DTypeError for operands that do not fit together.
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
              Activation activation = Activation::none);

}  // namespace taper
