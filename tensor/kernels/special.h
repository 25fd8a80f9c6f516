// Kernels: the element-wise functions that few programs call, in a table of their own.
#pragma once

#include <taper/tensor/kernels/elementwise.h>

namespace taper::kernels {

using compute::Special;
using compute::SpecialPair;

/// A program that calls none of them is linked without them.
struct SpecialKernels {
  // Indexed by function and dtype; null where the dtype is not taken.
  ElementwiseLoop unary[static_cast<int>(Special::count)][calculated_dtypes];
  ElementwiseLoop binary[static_cast<int>(SpecialPair::count)][calculated_dtypes];
};

inline const SpecialKernels& special() { return table<SpecialKernels>(); }

}  // namespace taper::kernels
