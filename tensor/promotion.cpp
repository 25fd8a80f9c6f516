// Promotion.
#include <algorithm>
#include <optional>

#include <taper/tensor/check.h>
#include <taper/tensor/promotion.h>

namespace taper {
namespace {

int category(DType dtype) { return dtype == DType::boolean ? 0 : is_floating(dtype) ? 2 : 1; }

}  // namespace

DType result_type(const Operand& a, const Operand& b) {
  // The highest dtype of tensors with axes, of tensors of rank 0, and of numbers: each decides unless a later
  // one has a higher category.
  std::optional<DType> highest[3];
  for (const Operand* const each : {&a, &b}) {
    if (each->tensor != nullptr) compute::check_defined("result_type", *each->tensor, "an operand");
    if (each->tensor != nullptr) compute::check_calculable("result_type", each->tensor->dtype());
    const DType dtype = each->tensor != nullptr     ? each->tensor->dtype()
                        : is_floating(each->kind()) ? default_dtype()
                                                    : each->kind();
    std::optional<DType>& own = highest[each->tensor == nullptr ? 2 : each->tensor->rank() == 0 ? 1 : 0];
    own = own ? promote_types(*own, dtype) : dtype;
  }
  std::optional<DType> result;
  for (const std::optional<DType>& each : highest)
    if (each && (!result || category(*each) > category(*result))) result = each;
  return *result;
}

}  // namespace taper
