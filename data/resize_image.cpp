// Resizing of images: the weights of both axes, and a pass along each.
#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include <taper/data/image_pixels.h>
#include <taper/data/resize_image.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>

namespace taper::data {
namespace {

constexpr std::int64_t largest = 1'000'000;

// How sums of weighted pixels are made.
template <class Pixel>
struct Arithmetic;

template <>
struct Arithmetic<float> {
  using Sum = float;  // of weights, too
  static constexpr Sum start = 0;
  static Sum weight(double exact) { return static_cast<float>(exact); }
  static float finish(Sum sum) { return sum; }
};

template <>
struct Arithmetic<std::uint8_t> {
  using Sum = std::int32_t;
  static constexpr int precision =
      22;  // bits: with 8 of a pixel, and a sum of weights that is 1, 31 are enough
  static constexpr Sum start = 1 << (precision - 1);  // a half
  static Sum weight(double exact) { return static_cast<Sum>(std::floor(0.5 + exact * (1 << precision))); }
  static std::uint8_t finish(Sum sum) { return static_cast<std::uint8_t>(std::min(sum >> precision, 255)); }
};

// What makes a pixel of a row or a column: consecutive pixels from `begin` on, with their weights.
template <class Weight>
struct Window {
  std::int64_t begin, count;
  const Weight* weights;
};

// The windows of all pixels along an axis. The weights are a triangle around the centre of the pixel: as wide
// as two pixels of the result or of the image, whichever are wider.
template <class Pixel>
class Windows {
 public:
  using Weight = typename Arithmetic<Pixel>::Sum;
  Windows(std::int64_t inputs, std::int64_t outputs) {
    const double scale = static_cast<double>(inputs) / static_cast<double>(outputs),
                 width = std::max(scale, 1.);
    const std::size_t most = static_cast<std::size_t>(std::ceil(width)) * 2 + 1;
    weights_.resize(static_cast<std::size_t>(outputs) * most);
    windows_.reserve(static_cast<std::size_t>(outputs));
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
      Weight* const weights = weights_.data() + static_cast<std::size_t>(i) * most;
      for (std::size_t k = 0; k < count; ++k) weights[k] = Arithmetic<Pixel>::weight(exact[k] * (1 / sum));
      windows_.push_back({begin, end - begin, weights});
    }
  }
  auto begin() const { return windows_.begin(); }
  auto end() const { return windows_.end(); }

 private:
  std::vector<Window<Weight>> windows_;
  std::vector<Weight> weights_;
};

template <class Pixel>
Tensor resize_rows(const Tensor& image, std::int64_t width) {
  using Sums = Arithmetic<Pixel>;
  const Shape& shape = image.shape();
  const std::int64_t rows = shape[0] * shape[1], inputs = shape[2];
  const Windows<Pixel> windows(inputs, width);
  Tensor result = Tensor::empty({shape[0], shape[1], width}, image.dtype(), "resize_image");
  const Pixel* row = image.data<Pixel>();
  Pixel* out = result.mutable_data<Pixel>();
  for (std::int64_t y = 0; y < rows; ++y, row += inputs)
    for (const auto& window : windows) {
      typename Sums::Sum sum = Sums::start;
      for (std::int64_t k = 0; k < window.count; ++k) sum += row[window.begin + k] * window.weights[k];
      *out++ = Sums::finish(sum);
    }
  return result;
}

template <class Pixel>
Tensor resize_columns(const Tensor& image, std::int64_t height) {
  using Sums = Arithmetic<Pixel>;
  const Shape& shape = image.shape();
  const std::int64_t inputs = shape[1], width = shape[2];
  const Windows<Pixel> windows(inputs, height);
  Tensor result = Tensor::empty({shape[0], height, width}, image.dtype(), "resize_image");
  const Pixel* plane = image.data<Pixel>();
  Pixel* out = result.mutable_data<Pixel>();
  std::vector<typename Sums::Sum> sums(static_cast<std::size_t>(width));
  for (std::int64_t channel = 0; channel < shape[0]; ++channel, plane += inputs * width)
    for (const auto& window : windows) {
      std::fill(sums.begin(), sums.end(), Sums::start);
      for (std::int64_t k = 0; k < window.count; ++k) {
        const Pixel* const row = plane + (window.begin + k) * width;
        for (std::int64_t x = 0; x < width; ++x)
          sums[static_cast<std::size_t>(x)] += row[x] * window.weights[k];
      }
      for (const auto sum : sums) *out++ = Sums::finish(sum);
    }
  return result;
}

}  // namespace

Tensor resize_image(const Tensor& image, std::int64_t height, std::int64_t width) {
  const detail::Extents of = detail::extents_of("resize_image", image);
  if (std::min(height, width) < 1 || std::max(height, width) > largest)
    throw ValueError(
        fmt::format("resize_image: expected extents from 1 to {}, got {} x {}", largest, height, width));
  Tensor result;
  detail::with_pixel_type("resize_image", image, [&](auto type) {
    using Pixel = decltype(type);
    result = compute::contiguous(image.detach());
    if (width != of.width) result = resize_rows<Pixel>(result, width);
    if (height != of.height) result = resize_columns<Pixel>(result, height);
  });
  return result;
}

}  // namespace taper::data
