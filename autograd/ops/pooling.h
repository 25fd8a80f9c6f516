// Pooling of sequences [N, C, L], images [N, C, H, W] and volumes [N, C, D, H, W]: what each window has. All
// functions throw ShapeError unless the windows fit, DTypeError unless x is floating, and ValueError for
// options that do not fit together.
#pragma once

#include <taper/autograd/ops/values_and_indices.h>
#include <taper/tensor/pooling.h>
#include <taper/tensor/tensor.h>

namespace taper {

/// The largest element of each window of x; padding is never chosen. If several elements are equal, the first
/// one gets the gradient.
Tensor max_pool1d(const Tensor& x, const Pool1dOptions& options = {});
Tensor max_pool2d(const Tensor& x, const Pool2dOptions& options = {});
Tensor max_pool3d(const Tensor& x, const Pool3dOptions& options = {});
/// The largest element of each window, and its int64 index in the sequence, image or volume as if that had
/// one axis: (row * W + column).
ValuesAndIndices max_pool1d_with_indices(const Tensor& x, const Pool1dOptions& options = {});
ValuesAndIndices max_pool2d_with_indices(const Tensor& x, const Pool2dOptions& options = {});
ValuesAndIndices max_pool3d_with_indices(const Tensor& x, const Pool3dOptions& options = {});

/// The mean of each window of x.
Tensor avg_pool1d(const Tensor& x, const Pool1dOptions& options = {});
Tensor avg_pool2d(const Tensor& x, const Pool2dOptions& options = {});
Tensor avg_pool3d(const Tensor& x, const Pool3dOptions& options = {});

/// (the sum of x^p over each window)^(1/p), as PyTorch computes it: from the mean times the size of a window.
/// The gradient is 0 where the sum is 0.
Tensor lp_pool1d(const Tensor& x, double p, const Pool1dOptions& options = {});
Tensor lp_pool2d(const Tensor& x, double p, const Pool2dOptions& options = {});
Tensor lp_pool3d(const Tensor& x, double p, const Pool3dOptions& options = {});

/// Zeros with the elements of x at `indices`, as max_pool1d_with_indices() gives them for these options. The
/// extents after the channels are `size`, or if it is empty the smallest that such windows have. Throws
/// IndexError for an index that is not there.
Tensor max_unpool1d(const Tensor& x, const Tensor& indices, const Pool1dOptions& options = {},
                    const Shape& size = {});
Tensor max_unpool2d(const Tensor& x, const Tensor& indices, const Pool2dOptions& options = {},
                    const Shape& size = {});
Tensor max_unpool3d(const Tensor& x, const Tensor& indices, const Pool3dOptions& options = {},
                    const Shape& size = {});

/// The mean of each of `size` parts of an axis: part i is from floor(i extent / size) to ceil((i + 1) extent
/// / size).
Tensor adaptive_avg_pool1d(const Tensor& x, const Extent1d& size);
Tensor adaptive_avg_pool2d(const Tensor& x, const Extent2d& size);
Tensor adaptive_avg_pool3d(const Tensor& x, const Extent3d& size);
/// The largest element of each such part.
Tensor adaptive_max_pool1d(const Tensor& x, const Extent1d& size);
Tensor adaptive_max_pool2d(const Tensor& x, const Extent2d& size);
Tensor adaptive_max_pool3d(const Tensor& x, const Extent3d& size);
/// The largest elements with their indices, as max_pool2d_with_indices() gives them.
ValuesAndIndices adaptive_max_pool1d_with_indices(const Tensor& x, const Extent1d& size);
ValuesAndIndices adaptive_max_pool2d_with_indices(const Tensor& x, const Extent2d& size);
ValuesAndIndices adaptive_max_pool3d_with_indices(const Tensor& x, const Extent3d& size);

/// The mean, or the largest element, over all axes but the first two (Keras' GlobalAveragePooling and
/// GlobalMaxPooling); keepdim keeps these with extent 1. Equal largest ones share the gradient.
Tensor global_avg_pool(const Tensor& x, bool keepdim = false);
Tensor global_max_pool(const Tensor& x, bool keepdim = false);

}  // namespace taper
