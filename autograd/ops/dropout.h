// Dropout.
#pragma once

#include <taper/tensor/random.h>
#include <taper/tensor/tensor.h>

namespace taper {

/// While training, zeroes each element with probability p and divides the others by 1 - p, so that the
/// expectation stays; otherwise, and for p = 0, returns x itself (Srivastava et al.: Dropout; JMLR 2014).
/// What is zeroed follows from the generator alone. Throws ValueError unless p is in [0, 1], DTypeError
/// unless floating.
Tensor dropout(const Tensor& x, double p = 0.5, bool training = true,
               Generator& generator = default_generator());

}  // namespace taper
