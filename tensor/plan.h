// Loop plans: how an element-wise loop walks over its operands, decided before the loop runs.
#pragma once

#include <initializer_list>

#include <taper/tensor/kernels/elementwise.h>
#include <taper/tensor/layout.h>

namespace taper {

/// The loop nest for operands of one shape, the result first. Axes of extent 1 vanish, and neighbours merge
/// where every operand's strides allow it, so a dense operation is one long row. `inputs` broadcast to the
/// result's shape (the caller has checked that they do). The rank is at least 1.
kernels::LoopPlan make_plan(const Layout& result, std::initializer_list<const Layout*> inputs);

}  // namespace taper
