// Kernels: operations on the bits of integers and bools, and their powers.
#pragma once

#include <taper/tensor/kernels/elementwise.h>

namespace taper::kernels {

using compute::IntegerPair;

struct IntegerKernels {
  // Indexed by function and dtype; null where the dtype is not taken.
  ElementwiseLoop binary[static_cast<int>(IntegerPair::count)][calculated_dtypes];
};

inline const IntegerKernels& integer() { return table<IntegerKernels>(); }

}  // namespace taper::kernels
