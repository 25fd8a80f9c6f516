// FusedRule: an update rule as a kernel. For those who write optimizers of the library.
#pragma once

#include <array>

#include <taper/tensor/kernels/optimizer.h>

namespace taper::optim {

// Note [Fused rules]
// The built-in optimizers override fused() instead of update(): a kernel (a functor of a few lines in
// tensor/kernels/optimizer.cpp), the names of its slots and its constants for this step. The base class then
// makes one pass over parameter, gradient and slots, all parameters in one parallel region, with clipping and
// decay applied to blocks that are in the cache.

struct FusedRule {
  struct Slot {
    const char* name = nullptr;  // null: the rule has no more
    double initial = 0;
    /// Keras lists slots of one group parameter by parameter (m of a, v of a, m of b, ...), and one group
    /// after the other: the order of state_dict().
    int group = 0;
  };
  kernels::Update kernel;
  /// As listed beside the kernel's enumerator.
  std::array<double, kernels::OptimizerKernels::max_constants> constants;
  Slot slots[kernels::OptimizerKernels::max_slots] = {};
};

}  // namespace taper::optim
