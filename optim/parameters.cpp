// Slots: made on first use.
#include <taper/optim/parameters.h>
#include <taper/tensor/create.h>

namespace taper::optim {

const Tensor* Slots::find(std::string_view name) const noexcept {
  for (const auto& [key, slot] : slots_)
    if (key == name) return &slot;
  return nullptr;
}

Tensor& Slots::get(std::string_view name, double initial) { return get(name, shape_, initial); }

Tensor& Slots::get(std::string_view name, const Shape& shape, double initial) {
  if (const Tensor* const slot = find(name)) return const_cast<Tensor&>(*slot);
  return slots_.emplace_back(name, full(shape, initial, dtype_)).second;
}

}  // namespace taper::optim
