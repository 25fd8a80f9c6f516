// Pixels: grey images as text, two rows of pixels in a line of half blocks.
#pragma once

#include <string>
#include <vector>

#include <taper/tensor/tensor.h>

namespace terminal {

/// An image with the text that stands below it.
struct Picture {
  taper::Tensor pixels;  ///< uint8 of shape [height, width]; all pictures of a row have the same shape
  std::string caption;   ///< ASCII
};

/// The pictures side by side, without `crop` pixels at each border. Bright pixels (above 96) are drawn.
/// Throws taper::ShapeError or DTypeError unless the pixels are as said.
std::string draw(const std::vector<Picture>& pictures, int crop = 0);

}  // namespace terminal
