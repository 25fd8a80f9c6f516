// Loop plans: dropping and merging axes.
#include <taper/tensor/kernels/elementwise.h>
#include <taper/tensor/plan.h>

namespace taper {

kernels::LoopPlan make_plan(std::span<const Layout* const> operands) {
  kernels::LoopPlan plan;
  const Layout& result = *operands.front();
  const int rank = result.rank(), count = static_cast<int>(operands.size());
  for (int axis = 0; axis < rank; ++axis) {
    const std::int64_t extent = result.shape[axis];
    if (extent == 1) continue;
    std::int64_t strides[kernels::LoopPlan::max_operands];
    int j = 0;
    for (const Layout* const operand : operands) {
      const int own = axis - (rank - operand->rank());
      strides[j++] = own < 0 || operand->shape[own] == 1 ? 0 : operand->strides[own];
    }
    bool merges = plan.rank > 0;
    for (j = 0; merges && j < count; ++j) merges = plan.strides[j][plan.rank - 1] == strides[j] * extent;
    if (merges)
      plan.extents[plan.rank - 1] *= extent;
    else
      plan.extents[plan.rank++] = extent;
    for (j = 0; j < count; ++j) plan.strides[j][plan.rank - 1] = strides[j];
  }
  if (plan.rank == 0) {
    plan.rank = 1;
    plan.extents[0] = 1;
    for (int j = 0; j < count; ++j) plan.strides[j][0] = 1;
  }
  return plan;
}

}  // namespace taper
