// Kernels: element-wise functions of one, two or three operands, with broadcasting and strides.
#pragma once

#include <cstdint>

#include <taper/tensor/dtype.h>
#include <taper/tensor/kernels/dispatch.h>
#include <taper/tensor/ops.h>

namespace taper::kernels {

/// A loop nest over up to 8 axes, innermost last, axes merged where possible; operand 0 is the result, dense
/// (any strides for a cast). Strides are in elements.
struct LoopPlan {
  static constexpr int max_rank = 8, max_operands = 4;
  int rank = 0;
  std::int64_t extents[max_rank];
  std::int64_t strides[max_operands][max_rank];
};

using compute::Binary;
using compute::Comparison;
using compute::Unary;

// Note [Past the cache]
// A store to a line that is not in the cache reads the line first. Where a result does not fit the cache
// anyway, arithmetic writes whole lines past it instead: a third less goes over the bus for relu(x), a
// quarter for x + y.

/// What a kernel takes at once: the two innermost axes of a plan. Strides are in elements.
struct Rows {
  std::int64_t rows, count;  // of elements in a row
  std::int64_t row_strides[LoopPlan::max_operands], strides[LoopPlan::max_operands];
  void* data[LoopPlan::max_operands];  // the result, then the operands
  bool past_cache = false;             // see Note [Past the cache]

  /// Where a row of operand j begins.
  template <class T>
  T* row(int j, std::int64_t i) const {
    return static_cast<T*>(data[j]) + i * row_strides[j];
  }
};
using ElementwiseLoop = void (*)(const Rows& rows);

struct ElementwiseKernels {
  // Indexed by function and dtype; null where the dtype is not taken.
  ElementwiseLoop unary[static_cast<int>(Unary::count)][calculated_dtypes];
  ElementwiseLoop binary[static_cast<int>(Binary::count)][calculated_dtypes];
  ElementwiseLoop compare[static_cast<int>(Comparison::count)][calculated_dtypes];
  ElementwiseLoop cast[calculated_dtypes][calculated_dtypes];  // [from][to]; null from one to itself
  ElementwiseLoop widen[2], narrow[2];  // from float16 and bfloat16 to float32, and back
  // What only moves elements, by the logarithm of their bytes.
  ElementwiseLoop where[4];  // (condition, a, b), the condition boolean
  ElementwiseLoop copy[4];
};

inline const ElementwiseKernels& elementwise() { return table<ElementwiseKernels>(); }

}  // namespace taper::kernels
