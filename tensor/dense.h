// dense: the elements of a tensor as one run of memory, for code that copies bytes.
#pragma once

#include <taper/tensor/tensor.h>

namespace taper {

/// The same elements in row-major order without gaps, without history: a view where they already lie so, else
/// a copy.
Tensor dense(const Tensor& tensor);

}  // namespace taper
