// Options that losses share.
#pragma once

#include <taper/tensor/cross_entropy.h>
#include <taper/tensor/tensor.h>

namespace taper {

/// Options of element-wise losses.
struct LossOptions {
  Reduction reduction = Reduction::mean;
  /// A factor for each loss: a tensor that broadcasts to the shape of the losses, such as [N, 1] for examples
  /// [N, D].
  Tensor weight = {};
};

}  // namespace taper
