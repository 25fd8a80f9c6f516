// Geometry of images: crops, flips, affine and other displacements. The parts of random transforms.
#pragma once

#include <cstdint>

#include <taper/tensor/tensor.h>

namespace taper::data {

// Images are [channels, height, width], float32 or uint8, whose results are rounded. What lies outside of an
// image has the value `fill`. Nothing here records gradients. The functions throw ShapeError for an image of
// another rank or without pixels, DTypeError for another dtype, both named after the function.

struct CropOptions {
  /// The upper left corner in pixels of the image; the box may reach beyond it, on every side.
  std::int64_t top = 0, left = 0;
  std::int64_t height = 0, width = 0;
  double fill = 0;
};

/// The pixels in a box. Throws ValueError unless it has at least one.
Tensor crop(const Tensor& image, const CropOptions& options);

/// Mirrored: left and right, or top and bottom, exchanged.
Tensor flip_horizontal(const Tensor& image);
Tensor flip_vertical(const Tensor& image);

struct AffineOptions {
  /// In degrees, clockwise, around the centre of the image.
  double angle = 0;
  /// In pixels, to the right and down.
  double translate_x = 0, translate_y = 0;
  /// Above 1 the content grows.
  double scale = 1;
  /// In degrees, along each axis.
  double shear_x = 0, shear_y = 0;
  double fill = 0;
};

/// The image sheared, rotated, scaled and moved: torchvision's affine(), bilinear. Throws ValueError for a
/// scale that is not above 0, a number that is not finite, or a shear of 90 degrees.
Tensor affine(const Tensor& image, const AffineOptions& options);

/// Pixel (y, x) is that at (y + displacement[0, y, x], x + displacement[1, y, x]), bilinear; the displacement
/// is float32 [2, height, width], in pixels. Throws ShapeError or DTypeError for another one.
Tensor displace(const Tensor& image, const Tensor& displacement, double fill = 0);

/// A displacement that bends: random numbers in [-1, 1], float32 [2, height, width], smoothed by a Gaussian
/// of deviation sigma, cut off beyond 3 sigma and with zeros outside, times alpha; both in pixels (Simard,
/// Steinkraus, Platt: Best practices for convolutional neural networks applied to visual document analysis;
/// ICDAR 2003). Throws ValueError unless sigma is above 0 and at most 1000.
Tensor elastic_displacement(const Tensor& noise, double alpha, double sigma);

/// The image with `value` in a box, which is cut to the image.
Tensor erase(const Tensor& image, std::int64_t top, std::int64_t left, std::int64_t height,
             std::int64_t width, double value = 0);

}  // namespace taper::data
