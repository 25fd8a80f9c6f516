// Dropout on values, without history.
#pragma once

#include <taper/tensor/random.h>
#include <taper/tensor/tensor.h>

namespace taper::compute {

/// y = mask ? x * scale : 0, where each element of the mask is true with the probability 1 - p, 0 < p < 1.
struct Dropped {
  Tensor y, mask;
};
Dropped draw_dropout(const Tensor& x, double p, double scale, Generator& generator);
/// The same y from a mask that there is. Linear in x, and its own gradient.
Tensor apply_dropout(const Tensor& x, const Tensor& mask, double scale);

}  // namespace taper::compute
