// Convolution and pooling of images [N, C, H, W].
#pragma once

#include <taper/tensor/convolution.h>
#include <taper/tensor/tensor.h>

namespace taper {

/// Cross-correlation, as neural networks call convolution: x [N, C, H, W] with weight [O, C / groups, kh, kw]
/// and bias [O] (none if undefined) -> [N, O, H', W'], where H' = floor((H + 2 padding - dilation (kh - 1) -
/// 1) / stride) + 1 and W' accordingly. The activation and max_pool of the options, if any, are applied to
/// the result; max_pool divides H' and W', rounded down. Throws ShapeError, DTypeError or ValueError for
/// arguments that do not fit together.
Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
              const Conv2dOptions& options = {});

/// The largest element of each window of x [N, C, H, W]; padding is never chosen. If several elements are
/// equal, the first one gets the gradient.
Tensor max_pool2d(const Tensor& x, const Pool2dOptions& options = {});
/// The mean of each window of x [N, C, H, W].
Tensor avg_pool2d(const Tensor& x, const Pool2dOptions& options = {});

}  // namespace taper
