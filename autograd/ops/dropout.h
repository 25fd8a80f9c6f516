// Dropout.
#pragma once

#include <taper/tensor/random.h>
#include <taper/tensor/tensor.h>

namespace taper {

/// If `training`, sets each element to 0 with probability p and divides the others by 1 - p, so that the
/// expected value stays the same; otherwise, and for p = 0, returns x itself (Srivastava et al.: Dropout;
/// JMLR 2014). Which elements are 0 depends on the generator alone. Throws ValueError unless p is in [0, 1],
/// DTypeError unless the dtype is floating.
Tensor dropout(const Tensor& x, double p = 0.5, bool training = true,
               Generator& generator = default_generator());

}  // namespace taper
