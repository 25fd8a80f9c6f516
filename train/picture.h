// Pictures: tensors as pixels, several images as one, and as text for a terminal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <taper/tensor/tensor.h>

namespace taper::training {

/// Options of picture().
struct PictureOptions {
  /// The values that become black and white; if not given, the smallest and the largest finite one.
  std::optional<double> low = std::nullopt, high = std::nullopt;
};

/// The values of a tensor as pixels, for io::write_png(): uint8 [channels, height, width], from a matrix or
/// from [channels, height, width] with 1 to 4 channels, of any dtype. uint8 stays as it is, unless a limit is
/// given. Values beyond the limits get the limits' colors, and what is not a number is black. Throws
/// ShapeError for another shape.
Tensor picture(const Tensor& values, const PictureOptions& options = {});

/// Options of make_grid().
struct GridOptions {
  std::int64_t images_per_row = 8;
  std::int64_t padding = 2;  ///< pixels around each image
  double pad_value = 0;
};

/// Images side by side, as torchvision.utils.make_grid has it (though grey ones stay grey): [images,
/// channels, height, width], or [images, height, width], of any dtype, become [channels, height, width]. A
/// single image has no padding. Throws ShapeError for another shape or no image, ValueError for options that
/// make no sense.
Tensor make_grid(const Tensor& images, const GridOptions& options = {});

/// An image with the text that stands below it.
struct TextPicture {
  Tensor pixels;        ///< uint8 of shape [height, width]; all pictures of a row have the same shape
  std::string caption;  ///< ASCII
};

/// The pictures side by side for a terminal, without `crop` pixels at each border: two rows of pixels in a
/// line of half blocks. Bright pixels (above 96) are drawn. Throws ShapeError or DTypeError unless the pixels
/// are as said.
std::string text_pictures(const std::vector<TextPicture>& pictures, int crop = 0);

}  // namespace taper::training
