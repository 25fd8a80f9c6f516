// What the functions of images share: their errors.
#include <fmt/format.h>

#include <taper/data/image_pixels.h>
#include <taper/tensor/error.h>

namespace taper::data::detail {

Extents extents_of(const char* function, const Tensor& image) {
  if (!image.defined()) throw ValueError(fmt::format("{}: the image is undefined", function));
  if (image.rank() != 3 || image.numel() == 0)
    throw ShapeError(fmt::format("{}: expected an image of shape [channels, height, width], got {}", function,
                                 to_string(image.shape())));
  return {image.size(0), image.size(1), image.size(2)};
}

void throw_pixel_type(const char* function, const char* expected, const Tensor& image) {
  throw DTypeError(fmt::format("{}: expected {} image, got {}", function, expected, name(image.dtype())));
}

}  // namespace taper::data::detail
