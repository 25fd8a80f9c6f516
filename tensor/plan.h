// Loop plans: how an element-wise loop walks over its operands, decided before the loop runs.
#pragma once

#include <span>

#include <taper/tensor/layout.h>

namespace taper {

namespace kernels {
struct LoopPlan;
}

/// The loop nest for the result, which comes first, and its inputs. Axes of extent 1 vanish, and neighbours
/// merge where every operand's strides allow it, so a dense operation is one long row. The inputs broadcast
/// to the result's shape (the caller has checked that they do). The rank is at least 1.
kernels::LoopPlan make_plan(std::span<const Layout* const> operands);

}  // namespace taper
