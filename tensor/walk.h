// walk: visits the elements of a layout one by one, for code where speed does not matter.
#pragma once

#include <taper/tensor/layout.h>

namespace taper {

/// Calls visit(i, place) for each element in row-major order: its number, and its position in the storage,
/// counted in elements.
template <class Visit>
void walk(const Layout& layout, Visit&& visit) {
  const std::int64_t count = layout.numel();
  std::int64_t index[Shape::max_rank] = {};
  std::int64_t place = layout.offset;
  for (std::int64_t i = 0; i < count; ++i) {
    visit(i, place);
    for (int axis = layout.rank() - 1; axis >= 0; --axis) {
      place += layout.strides[axis];
      if (++index[axis] < layout.shape[axis]) break;
      place -= layout.strides[axis] * layout.shape[axis];
      index[axis] = 0;
    }
  }
}

}  // namespace taper
