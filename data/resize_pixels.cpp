// Resizing of images: the weights of both axes, and a pass along each.
#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include <taper/data/resize_pixels.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>

namespace taper::data {
namespace {

constexpr int precision = 22;  // bits: with 8 of a pixel, and a sum of weights that is 1, they fit in 31
constexpr std::int32_t half = 1 << (precision - 1);
constexpr std::int64_t largest = 1'000'000;

// What makes a pixel of a row or a column: consecutive pixels from `begin` on, with their weights.
struct Window {
  std::int64_t begin, count;
  const std::int32_t* weights;
};

struct Windows {
  std::vector<Window> windows;
  std::vector<std::int32_t> weights;
};

// The weights are a triangle around the centre of the pixel: as wide as two pixels of the result or of the
// image, whichever are wider.
Windows windows_of(std::int64_t inputs, std::int64_t outputs) {
  const double scale = static_cast<double>(inputs) / static_cast<double>(outputs),
               width = std::max(scale, 1.);
  Windows result;
  const std::size_t most = static_cast<std::size_t>(std::ceil(width)) * 2 + 1;
  result.weights.resize(static_cast<std::size_t>(outputs) * most);
  result.windows.reserve(static_cast<std::size_t>(outputs));
  std::vector<double> exact(most);
  for (std::int64_t i = 0; i < outputs; ++i) {
    const double centre = (static_cast<double>(i) + 0.5) * scale;
    const std::int64_t begin =
        std::max(static_cast<std::int64_t>(std::floor(centre - width + 0.5)), std::int64_t{0});
    const std::int64_t end = std::min(static_cast<std::int64_t>(std::floor(centre + width + 0.5)), inputs);
    const std::size_t count = static_cast<std::size_t>(end - begin);
    double sum = 0;
    for (std::size_t k = 0; k < count; ++k) {
      const double distance =
          (static_cast<double>(k) + static_cast<double>(begin) - centre + 0.5) * (1 / width);
      exact[k] = std::max(1 - std::abs(distance), 0.);
      sum += exact[k];
    }
    std::int32_t* const weights = result.weights.data() + static_cast<std::size_t>(i) * most;
    for (std::size_t k = 0; k < count; ++k)
      weights[k] = static_cast<std::int32_t>(std::floor(0.5 + exact[k] * (1 / sum) * (1 << precision)));
    result.windows.push_back({begin, end - begin, weights});
  }
  return result;
}

std::uint8_t rounded(std::int32_t sum) { return static_cast<std::uint8_t>(std::min(sum >> precision, 255)); }

Tensor resize_rows(const Tensor& pixels, std::int64_t width) {
  const Shape& shape = pixels.shape();
  const std::int64_t rows = shape[0] * shape[1], inputs = shape[2];
  const Windows along = windows_of(inputs, width);
  Tensor result = Tensor::empty({shape[0], shape[1], width}, DType::uint8, "resize_pixels");
  const std::uint8_t* row = static_cast<const std::uint8_t*>(pixels.raw());
  std::uint8_t* out = result.mutable_data<std::uint8_t>();
  for (std::int64_t y = 0; y < rows; ++y, row += inputs)
    for (const Window& window : along.windows) {
      std::int32_t sum = half;
      for (std::int64_t k = 0; k < window.count; ++k) sum += row[window.begin + k] * window.weights[k];
      *out++ = rounded(sum);
    }
  return result;
}

Tensor resize_columns(const Tensor& pixels, std::int64_t height) {
  const Shape& shape = pixels.shape();
  const std::int64_t inputs = shape[1], width = shape[2];
  const Windows along = windows_of(inputs, height);
  Tensor result = Tensor::empty({shape[0], height, width}, DType::uint8, "resize_pixels");
  const std::uint8_t* plane = static_cast<const std::uint8_t*>(pixels.raw());
  std::uint8_t* out = result.mutable_data<std::uint8_t>();
  std::vector<std::int32_t> sums(static_cast<std::size_t>(width));
  for (std::int64_t channel = 0; channel < shape[0]; ++channel, plane += inputs * width)
    for (const Window& window : along.windows) {
      std::fill(sums.begin(), sums.end(), half);
      for (std::int64_t k = 0; k < window.count; ++k) {
        const std::uint8_t* const row = plane + (window.begin + k) * width;
        for (std::int64_t x = 0; x < width; ++x)
          sums[static_cast<std::size_t>(x)] += row[x] * window.weights[k];
      }
      for (const std::int32_t sum : sums) *out++ = rounded(sum);
    }
  return result;
}

}  // namespace

Tensor resize_pixels(const Tensor& pixels, std::int64_t height, std::int64_t width) {
  if (pixels.rank() != 3 || pixels.numel() == 0)
    throw ShapeError(
        fmt::format("resize_pixels: expected an image of shape [channels, height, width], got shape {}",
                    to_string(pixels.shape())));
  if (pixels.dtype() != DType::uint8)
    throw DTypeError(
        fmt::format("resize_pixels: expected pixels of dtype uint8, got {}", name(pixels.dtype())));
  if (std::min(height, width) < 1 || std::max(height, width) > largest)
    throw ValueError(
        fmt::format("resize_pixels: expected extents from 1 to {}, got {} x {}", largest, height, width));
  Tensor result = compute::contiguous(pixels);
  if (width != result.shape()[2]) result = resize_rows(result, width);
  if (height != result.shape()[1]) result = resize_columns(result, height);
  return result;
}

}  // namespace taper::data
