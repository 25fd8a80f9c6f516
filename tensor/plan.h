// Loop plans: how an element-wise loop walks over its operands, decided before the loop runs.
#pragma once

#include <span>

#include <taper/tensor/layout.h>

namespace taper {

namespace kernels {
struct LoopPlan;
}

/// The loop nest over the operands: the result first, then the inputs, which are broadcast to the shape of
/// the result (the caller has checked that this is possible). Axes of extent 1 are removed, and neighbouring
/// axes are merged where the strides of every operand allow it, so an operation on dense tensors becomes one
/// loop over one axis. The rank of the plan is at least 1.
kernels::LoopPlan make_plan(std::span<const Layout* const> operands);

}  // namespace taper
