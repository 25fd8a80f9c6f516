// Drawing of grey images.
#include <algorithm>

#include <terminal/pixels.h>

#include <taper/tensor/error.h>

namespace terminal {

std::string draw(const std::vector<Picture>& pictures, int crop) {
  if (pictures.empty()) return {};
  const taper::Shape shape = pictures.front().pixels.shape();
  for (const Picture& picture : pictures)
    if (picture.pixels.rank() != 2 || picture.pixels.shape() != shape || !picture.pixels.is_contiguous())
      throw taper::ShapeError("draw: expected contiguous images [height, width] of the same shape");

  const std::int64_t height = shape[0], width = shape[1];
  std::string text;
  for (std::int64_t y = crop; y < height - crop; y += 2) {
    for (const Picture& picture : pictures) {
      const std::uint8_t* const pixels = picture.pixels.data<std::uint8_t>();
      const auto bright = [&](std::int64_t row, std::int64_t x) {
        return row < height - crop && pixels[row * width + x] > 96;
      };
      text += "  ";
      for (std::int64_t x = crop; x < width - crop; ++x)
        text += bright(y, x) ? bright(y + 1, x) ? "█" : "▀" : bright(y + 1, x) ? "▄" : " ";
    }
    text += '\n';
  }
  for (const Picture& picture : pictures) {
    std::string caption = picture.caption;
    caption.resize(static_cast<std::size_t>(std::max<std::int64_t>(width - 2 * crop, 0)), ' ');
    text += "  " + caption;
  }
  return text + '\n';
}

}  // namespace terminal
