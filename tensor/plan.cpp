// Loop plans: dropping and merging axes.
#include <taper/tensor/plan.h>

namespace taper {

kernels::LoopPlan make_plan(const Layout& result, std::initializer_list<const Layout*> inputs) {
  kernels::LoopPlan plan;
  const int operands = 1 + static_cast<int>(inputs.size());
  const int rank = result.rank();
  // The usual case, decided in fewer steps: all are dense.
  bool dense = result.is_contiguous();
  for (const Layout* const input : inputs)
    dense = dense && input->shape == result.shape && input->is_contiguous();
  if (dense) {
    plan.rank = 1;
    plan.extents[0] = result.numel();
    for (int j = 0; j < operands; ++j) plan.strides[j][0] = 1;
    return plan;
  }
  for (int axis = 0; axis < rank; ++axis) {
    const std::int64_t extent = result.shape[axis];
    if (extent == 1) continue;
    std::int64_t strides[kernels::LoopPlan::max_operands] = {result.strides[axis]};
    int j = 1;
    for (const Layout* const input : inputs) {
      const int own = axis - (rank - input->rank());
      strides[j++] = own < 0 || input->shape[own] == 1 ? 0 : input->strides[own];
    }
    bool merges = plan.rank > 0;
    for (j = 0; merges && j < operands; ++j) merges = plan.strides[j][plan.rank - 1] == strides[j] * extent;
    if (merges)
      plan.extents[plan.rank - 1] *= extent;
    else
      plan.extents[plan.rank++] = extent;
    for (j = 0; j < operands; ++j) plan.strides[j][plan.rank - 1] = strides[j];
  }
  if (plan.rank == 0) {
    plan.rank = 1;
    plan.extents[0] = 1;
    for (int j = 0; j < operands; ++j) plan.strides[j][0] = 1;
  }
  return plan;
}

}  // namespace taper
