// Tensors as pixels, and pixels as text.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <taper/autograd/autograd.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/train/picture.h>

namespace taper::training {

Tensor picture(const Tensor& values, const PictureOptions& options) {
  const int rank = values.rank();
  if (!(rank == 2 || (rank == 3 && values.size(0) >= 1 && values.size(0) <= 4)) || values.numel() == 0)
    throw ShapeError(
        fmt::format("picture: expected [height, width] or [1 to 4 channels, height, width], got {}",
                    to_string(values.shape())));
  const NoGrad no_grad;
  const Tensor image = rank == 3 ? values.detach() : unsqueeze(values.detach(), 0);
  if (values.dtype() == DType::uint8 && !options.low && !options.high) return contiguous(image);

  const std::vector<double> elements = to(image, DType::float64).to_vector<double>();
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const double element : elements)
    if (std::isfinite(element)) {
      low = std::min(low, element);
      high = std::max(high, element);
    }
  low = options.low.value_or(low);
  high = options.high.value_or(high);
  // Of one value alone, it is grey.
  const double scale = high > low ? 255 / (high - low) : 0, offset = high > low ? 0 : 127.5;
  std::vector<std::uint8_t> pixels(elements.size());
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const double element = std::isnan(elements[i]) ? low : std::clamp(elements[i], std::min(low, high), high);
    const double level = std::isnan(elements[i]) ? 0 : (element - low) * scale + offset;
    pixels[i] = static_cast<std::uint8_t>(std::lround(std::isfinite(level) ? level : 0));
  }
  return from_data(pixels, image.shape());
}

Tensor make_grid(const Tensor& images, const GridOptions& options) {
  const auto& [per_row, padding, pad_value] = options;
  if (per_row < 1 || padding < 0)
    throw ValueError(fmt::format("make_grid: expected images_per_row >= 1 and padding >= 0, got {} and {}",
                                 per_row, padding));
  if ((images.rank() != 3 && images.rank() != 4) || images.numel() == 0)
    throw ShapeError(
        fmt::format("make_grid: expected images of shape [images, channels, height, width] or [images, "
                    "height, width], got {}",
                    to_string(images.shape())));
  const NoGrad no_grad;
  const Tensor all = images.rank() == 4 ? images.detach() : unsqueeze(images.detach(), 1);
  const std::int64_t count = all.size(0), height = all.size(2), width = all.size(3);
  if (count == 1) return contiguous(select(all, 0, 0));
  const std::int64_t columns = std::min(per_row, count), rows = (count + columns - 1) / columns;
  Tensor grid =
      full({all.size(1), rows * (height + padding) + padding, columns * (width + padding) + padding},
           pad_value, all.dtype());
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t y = i / columns * (height + padding) + padding,
                       x = i % columns * (width + padding) + padding;
    assign(slice(slice(grid, 1, y, y + height), 2, x, x + width), select(all, 0, i));
  }
  return grid;
}

std::string text_pictures(const std::vector<TextPicture>& pictures, int crop) {
  if (pictures.empty()) return {};
  const Shape shape = pictures.front().pixels.shape();
  for (const TextPicture& each : pictures)
    if (each.pixels.rank() != 2 || each.pixels.shape() != shape || !each.pixels.is_contiguous())
      throw ShapeError(
          fmt::format("text_pictures: expected contiguous images [height, width] of the same shape, got {}",
                      to_string(each.pixels.shape())));

  const std::int64_t height = shape[0], width = shape[1];
  std::string text;
  for (std::int64_t y = crop; y < height - crop; y += 2) {
    for (const TextPicture& each : pictures) {
      const std::uint8_t* const pixels = each.pixels.data<std::uint8_t>();
      const auto bright = [&](std::int64_t row, std::int64_t x) {
        return row < height - crop && pixels[row * width + x] > 96;
      };
      text += "  ";
      for (std::int64_t x = crop; x < width - crop; ++x)
        text += bright(y, x) ? bright(y + 1, x) ? "█" : "▀" : bright(y + 1, x) ? "▄" : " ";
    }
    text += '\n';
  }
  for (const TextPicture& each : pictures) {
    std::string caption = each.caption;
    caption.resize(static_cast<std::size_t>(std::max<std::int64_t>(width - 2 * crop, 0)), ' ');
    text += "  " + caption;
  }
  return text + '\n';
}

}  // namespace taper::training
