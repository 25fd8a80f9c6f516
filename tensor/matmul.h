// Matrix products, not recorded by autograd.
#pragma once

#include <taper/tensor/tensor.h>

namespace taper::compute {

/// [..., M, K] x [..., K, N] -> [..., M, N]; leading axes broadcast; strides are arbitrary. `bias`, a
/// contiguous [N] or null, is added to each row; then, if `relu`, relu is applied. Throws ShapeError or
/// DTypeError; the message begins with `function`.
Tensor matmul(const char* function, const Tensor& a, const Tensor& b, const Tensor* bias = nullptr,
              bool relu = false);

}  // namespace taper::compute
