// Resizing of images: bytes as Pillow does it, float32 as PyTorch does.
#pragma once

#include <cstdint>

#include <taper/tensor/tensor.h>

namespace taper::data {

/// An image [channels, height, width] in another size, bilinear; where it becomes smaller, each pixel is the
/// weighted mean of all that it covers, so that nothing is skipped. First along rows, then along columns.
///
/// - uint8, in whole numbers, with weights of 22 bits behind the point, and rounded in between: for gray and
///   RGB the bits of Pillow's resize(..., BILINEAR) before version 13, and so torchvision's of files; since
///   then Pillow sometimes resizes columns first, and a pixel may differ by 1.
/// - float32: PyTorch's interpolate() with antialias, and torchvision's resize() of tensors.
///
/// Does not record gradients. Throws ShapeError for what is no image or has no pixels, DTypeError for another
/// dtype, ValueError for extents below 1 or above 1,000,000.
Tensor resize_image(const Tensor& image, std::int64_t height, std::int64_t width);

}  // namespace taper::data
