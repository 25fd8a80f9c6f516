// The multi-label margin loss on values, without history.
#pragma once

#include <taper/tensor/tensor.h>

namespace taper::compute {

/// Of each row, its loss, and how this changes with each element: both are piecewise linear.
struct MarginLosses {
  Tensor losses, slopes;  // [N] and [N, C]
};

/// For each row of x [N, C] the sum of max(0, 1 - x[j] + x[i]) over the classes j that the int64 target [N,
/// C] lists before its first -1 and all other classes i, divided by C. Throws IndexError for a number that is
/// no class.
MarginLosses multilabel_margin(const char* function, const Tensor& x, const Tensor& target);

}  // namespace taper::compute
