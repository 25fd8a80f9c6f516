// Convolution and pooling of images [N, C, H, W].
#pragma once

#include <taper/tensor/convolution.h>
#include <taper/tensor/tensor.h>

namespace taper {

/// Cross-correlation, as neural networks call convolution: x [N, C, H, W] with weight [O, C / groups, kh, kw]
/// and bias [O] (left out if undefined) -> [N, O, H', W'], H' = (H + 2 padding - dilation (kh - 1) - 1) /
/// stride + 1. Then the activation and max_pool of the options, if any: with max_pool, H' and W' are divided
/// by it, rounded down.
Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
              const Conv2dOptions& options = {});

/// The largest element of each window; padding never wins. The first of equals gets the gradient.
Tensor max_pool2d(const Tensor& x, const Pool2dOptions& options = {});
/// The mean of each window.
Tensor avg_pool2d(const Tensor& x, const Pool2dOptions& options = {});

}  // namespace taper
