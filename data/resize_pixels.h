// Resizing of images as Pillow does it, in whole numbers.
#pragma once

#include <cstdint>

#include <taper/tensor/tensor.h>

namespace taper::data {

/// An image, uint8 [channels, height, width], with other extents: bilinear, and where it becomes smaller,
/// each pixel is a mean of all that it covers, so that nothing is skipped. Each channel is resized for
/// itself, first along rows, then along columns, with weights of 22 bits behind the point, and rounded in
/// between. For gray and RGB the bits are those of resize(..., BILINEAR) of Pillow before version 13; since
/// then it sometimes resizes columns first, and a pixel may differ by 1. (resize_image(), for transforms,
/// also takes float32 and rounds once.) Throws ShapeError or DTypeError for what is no image or has no
/// pixels, ValueError for extents below 1 or above 1,000,000.
Tensor resize_pixels(const Tensor& pixels, std::int64_t height, std::int64_t width);

}  // namespace taper::data
