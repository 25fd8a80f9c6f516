// Promotion in operations.
#include <taper/autograd/promote.h>

namespace taper::detail {

bool holds(const Tensor& x, const Operand& number) {
  return !x.defined() || is_floating(x.dtype()) || is_storage_only(x.dtype()) ||
         number.kind() == DType::boolean || (number.kind() == DType::int64 && x.dtype() != DType::boolean);
}

bool agree(const Operand& a, const Operand& b) {
  if (a.tensor == nullptr) return b.tensor == nullptr || holds(*b.tensor, a);
  if (b.tensor == nullptr) return holds(*a.tensor, b);
  return !a.tensor->defined() || !b.tensor->defined() || a.tensor->dtype() == b.tensor->dtype() ||
         is_storage_only(a.tensor->dtype()) || is_storage_only(b.tensor->dtype());
}

bool integral(const Operand& a, const Operand& b) {
  const auto alone = [](const Operand& x) {
    return x.tensor == nullptr || (x.tensor->defined() && x.tensor->dtype() < DType::float32);
  };
  return alone(a) && alone(b);
}

}  // namespace taper::detail
