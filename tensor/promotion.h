// Promotion: the dtype of a result whose operands have different ones, by the rules of PyTorch.
#pragma once

#include <taper/tensor/elementwise.h>

namespace taper {

/// The dtype that can hold the values of both, of a higher category (bool, integers, floating) if need be:
/// int64 and float32 give float32, float16 and bfloat16 too. torch.promote_types.
constexpr DType promote_types(DType a, DType b) noexcept {
  const DType high = a > b ? a : b, low = a > b ? b : a;
  if (!is_storage_only(high) || low == high || low < DType::float32) return high;
  return is_storage_only(low) ? DType::float32 : low;
}

/// The dtype in which an element-wise function of a and b calculates. Tensors of rank 0 and numbers can raise
/// the category, but not the width within it: float32 with a float64 scalar or the number 0.5 stays float32,
/// and int32 with 0.5 becomes the default dtype. Throws DTypeError for one that is for storage only.
/// torch.result_type.
DType result_type(const Operand& a, const Operand& b);

}  // namespace taper
