// Promotion: the dtype of a result whose operands have different ones, by the rules of PyTorch.
#pragma once

#include <taper/tensor/elementwise.h>

namespace taper {

/// The dtype that can hold the values of both, of a higher category (bool, integers, floating) if need be:
/// int64 and float32 give float32. torch.promote_types.
constexpr DType promote_types(DType a, DType b) noexcept { return a > b ? a : b; }

/// The dtype in which an element-wise function of a and b calculates. Tensors of rank 0 and numbers can raise
/// the category, but not the width within it: float32 with a float64 scalar or the number 0.5 stays float32,
/// and int32 with 0.5 becomes the default dtype. torch.result_type.
DType result_type(const Operand& a, const Operand& b);

}  // namespace taper
