// The cost of an operation, from its shapes. Internal to the profiler.
#pragma once

#include <taper/tensor/observer.h>

namespace taper::detail {

/// Bytes read and written, and floating-point operations.
struct Cost {
  std::int64_t bytes = 0, flops = 0;
};

/// A product of matrices, a linear layer or a convolution counts 2 for each multiply-add, what only moves
/// elements 0, anything else 1 for each element of its largest operand. A view moves no bytes.
Cost cost_of(const ObservedOperation& operation);

}  // namespace taper::detail
