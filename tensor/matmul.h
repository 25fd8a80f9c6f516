// Matrix products on values, without history.
#pragma once

#include <taper/tensor/tensor.h>

namespace taper::compute {

/// [..., M, K] x [..., K, N] -> [..., M, N]; leading axes broadcast; any strides. `bias` (or null) is a
/// contiguous [N] that is added to each row; `relu` then clips at 0. Throws ShapeError or DTypeError that
/// begins with `function`.
Tensor matmul(const char* function, const Tensor& a, const Tensor& b, const Tensor* bias = nullptr,
              bool relu = false);

}  // namespace taper::compute
