// Windows: overlapping parts along axes, side by side, and their sums.
#pragma once

#include <taper/tensor/convolution.h>
#include <taper/tensor/tensor.h>

namespace taper {

/// The windows of `size` elements that begin at 0, step, 2 step, ... of an axis, as a new last axis; the axis
/// itself counts the windows (torch.Tensor.unfold). A view, whose elements overlap if step < size. Throws
/// ValueError unless step >= 1 and 0 <= size <= the axis.
Tensor unfold(const Tensor& x, std::int64_t axis, std::int64_t size, std::int64_t step = 1);

/// Options of unfold2d() and fold2d(), as those of a convolution.
struct Unfold2dOptions {
  Extent2d kernel_size = 2;
  Extent2d stride = 1;
  Extent2d padding = 0;  ///< rows and columns of zeros on each side
  Extent2d dilation = 1;
};
/// The windows of images [N, C, H, W] as columns: [N, C kernel_height kernel_width, number of windows]
/// (torch.nn.functional.unfold, im2col). Throws ShapeError for another rank, and where no window fits;
/// ValueError for options that no convolution has.
Tensor unfold2d(const Tensor& x, const Unfold2dOptions& options = {});
/// Images of height x width from such columns, overlapping elements added up (torch.nn.functional.fold,
/// col2im): what unfold2d() does to a gradient. Throws like unfold2d().
Tensor fold2d(const Tensor& columns, const Extent2d& size, const Unfold2dOptions& options = {});

}  // namespace taper
