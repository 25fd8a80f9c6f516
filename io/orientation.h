// Orientation: which way a camera was held, as EXIF notes it, and the image turned upright. Internal.
#pragma once

#include <cstddef>
#include <span>

#include <taper/tensor/tensor.h>

namespace taper::io::detail {

/// The orientation in a segment of metadata as JPEG files have it: "Exif", two zero bytes, a directory of
/// TIFF (CIPA DC-008, Exif 2.32, 4.6.4). From 1, which is upright, to 8; 0 where there is none, or
/// no sense.
int exif_orientation(std::span<const std::byte> segment) noexcept;

/// An image of that orientation, uint8 [channels, height, width] without gaps, turned and mirrored so that it
/// is upright; from 5 on, height and width change places.
Tensor upright(const Tensor& pixels, int orientation);

}  // namespace taper::io::detail
