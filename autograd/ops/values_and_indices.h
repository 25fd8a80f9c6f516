// ValuesAndIndices: what functions return that choose elements along an axis.
#pragma once

#include <taper/tensor/tensor.h>

namespace taper {

/// Elements, and their int64 indices along the axis.
struct ValuesAndIndices {
  Tensor values, indices;
};

}  // namespace taper
