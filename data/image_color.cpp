// Colours of images: plain loops over pixels.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <taper/data/image_color.h>
#include <taper/data/image_pixels.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>

namespace taper::data {

using detail::Extents;
using detail::extents_of;

namespace {

float brightness(float red, float green, float blue) {
  return 0.2989f * red + 0.587f * green + 0.114f * blue;
}

float unit(float value) { return std::clamp(value, 0.f, 1.f); }

// Checks a float32 image of 1 or 3 channels.
Extents colors_of(const char* function, const Tensor& image) {
  const Extents of = extents_of(function, image);
  if (image.dtype() != DType::float32) detail::throw_pixel_type(function, "a float32", image);
  if (of.channels != 1 && of.channels != 3)
    throw ShapeError(
        fmt::format("{}: expected an image of 1 or 3 channels, got {}", function, to_string(image.shape())));
  return of;
}

void check_factor(const char* function, double factor) {
  if (!(factor >= 0) || !std::isfinite(factor))
    throw ValueError(fmt::format("{}: expected a finite factor of at least 0, got {}", function, factor));
}

// change(red, green, blue) of each pixel of three channels.
template <class Change>
Tensor colored(const char* function, const Tensor& image, const Extents& of, Change&& change) {
  const Tensor whole = compute::contiguous(image);
  Tensor result = Tensor::empty(image.shape(), DType::float32, function);
  const float* const from = whole.data<float>();
  float* const to = result.mutable_data<float>();
  for (std::int64_t i = 0; i < of.plane(); ++i) {
    float red = from[i], green = from[i + of.plane()], blue = from[i + 2 * of.plane()];
    change(red, green, blue);
    to[i] = red, to[i + of.plane()] = green, to[i + 2 * of.plane()] = blue;
  }
  return result;
}

// change(number) of each.
template <class Change>
Tensor each_number(const char* function, const Tensor& image, Change&& change) {
  const Tensor whole = compute::contiguous(image);
  Tensor result = Tensor::empty(image.shape(), DType::float32, function);
  const float* const from = whole.data<float>();
  float* const to = result.mutable_data<float>();
  for (std::int64_t i = 0; i < image.numel(); ++i) to[i] = change(from[i]);
  return result;
}

// The turn added to the hue, by way of the model of hue, saturation and value.
void turn_hue(float& red, float& green, float& blue, float turn) {
  const float most = std::max({red, green, blue}), least = std::min({red, green, blue}), range = most - least;
  if (!(range > 0)) return;
  const float saturation = range / most;
  float hue = most == red     ? (green - blue) / range
              : most == green ? 2 + (blue - red) / range
                              : 4 + (red - green) / range;
  hue = hue / 6 + turn;
  hue = (hue - std::floor(hue)) * 6;
  if (!(hue >= 0 && hue < 6)) hue = 0;  // rounded up, or not a number
  const float sextant = std::floor(hue), part = hue - sextant;
  const float p = unit(most * (1 - saturation)), q = unit(most * (1 - saturation * part));
  const float t = unit(most * (1 - saturation * (1 - part)));
  switch (static_cast<int>(sextant)) {
    case 0:
      red = most, green = t, blue = p;
      break;
    case 1:
      red = q, green = most, blue = p;
      break;
    case 2:
      red = p, green = most, blue = t;
      break;
    case 3:
      red = p, green = q, blue = most;
      break;
    case 4:
      red = t, green = p, blue = most;
      break;
    default:
      red = most, green = p, blue = q;
      break;
  }
}

}  // namespace

Tensor to_float(const Tensor& image) {
  extents_of("to_float", image);
  if (image.dtype() == DType::float32) return image;
  if (image.dtype() != DType::uint8) detail::throw_pixel_type("to_float", "a float32 or uint8", image);
  const Tensor whole = compute::contiguous(image);
  Tensor result = Tensor::empty(image.shape(), DType::float32, "to_float");
  const std::uint8_t* const from = whole.data<std::uint8_t>();
  float* const to = result.mutable_data<float>();
  for (std::int64_t i = 0; i < image.numel(); ++i) to[i] = static_cast<float>(from[i]) / 255;
  return result;
}

Tensor normalize_image(const Tensor& image, std::span<const double> mean, std::span<const double> deviation) {
  const Extents of = extents_of("normalize_image", image);
  if (image.dtype() != DType::float32) detail::throw_pixel_type("normalize_image", "a float32", image);
  const auto fits = [&](std::span<const double> numbers) {
    return numbers.size() == 1 || std::ssize(numbers) == of.channels;
  };
  if (!fits(mean) || !fits(deviation))
    throw ValueError(fmt::format(
        "normalize_image: expected 1 or {} means and deviations, one for each channel, got {} and {}",
        of.channels, mean.size(), deviation.size()));
  for (const double each : deviation)
    if (!(each > 0))
      throw ValueError(fmt::format("normalize_image: expected deviations above 0, got {}", each));
  const Tensor whole = compute::contiguous(image);
  Tensor result = Tensor::empty(image.shape(), DType::float32, "normalize_image");
  for (std::int64_t channel = 0; channel < of.channels; ++channel) {
    const auto number = [&](std::span<const double> numbers) {
      return static_cast<float>(numbers[numbers.size() == 1 ? 0 : static_cast<std::size_t>(channel)]);
    };
    const float shift = number(mean), scale = number(deviation);
    const float* const from = whole.data<float>() + channel * of.plane();
    float* const to = result.mutable_data<float>() + channel * of.plane();
    for (std::int64_t i = 0; i < of.plane(); ++i) to[i] = (from[i] - shift) / scale;
  }
  return result;
}

Tensor adjust_brightness(const Tensor& image, double factor) {
  colors_of("adjust_brightness", image);
  check_factor("adjust_brightness", factor);
  return each_number("adjust_brightness", image,
                     [f = static_cast<float>(factor)](float number) { return unit(f * number); });
}

Tensor adjust_contrast(const Tensor& image, double factor) {
  const Extents of = colors_of("adjust_contrast", image);
  check_factor("adjust_contrast", factor);
  const Tensor whole = compute::contiguous(image);
  const float* const from = whole.data<float>();
  double sum = 0;
  for (std::int64_t i = 0; i < of.plane(); ++i)
    sum += of.channels == 1 ? from[i] : brightness(from[i], from[i + of.plane()], from[i + 2 * of.plane()]);
  const auto f = static_cast<float>(factor);
  const auto grey = static_cast<float>((1 - factor) * sum / static_cast<double>(of.plane()));
  return each_number("adjust_contrast", whole, [=](float number) { return unit(f * number + grey); });
}

Tensor adjust_saturation(const Tensor& image, double factor) {
  const Extents of = colors_of("adjust_saturation", image);
  check_factor("adjust_saturation", factor);
  if (of.channels == 1) return image;
  const auto f = static_cast<float>(factor);
  return colored("adjust_saturation", image, of, [=](float& red, float& green, float& blue) {
    const float grey = (1 - f) * brightness(red, green, blue);
    red = unit(f * red + grey), green = unit(f * green + grey), blue = unit(f * blue + grey);
  });
}

Tensor adjust_hue(const Tensor& image, double turn) {
  const Extents of = colors_of("adjust_hue", image);
  if (!(turn >= -0.5 && turn <= 0.5))
    throw ValueError(fmt::format("adjust_hue: expected a turn from -0.5 to 0.5, got {}", turn));
  if (of.channels == 1) return image;
  return colored("adjust_hue", image, of,
                 [t = static_cast<float>(turn)](float& red, float& green, float& blue) {
                   turn_hue(red, green, blue, t);
                 });
}

Tensor to_grayscale(const Tensor& image) {
  const Extents of = colors_of("to_grayscale", image);
  if (of.channels == 1) return image;
  return colored("to_grayscale", image, of, [](float& red, float& green, float& blue) {
    red = green = blue = brightness(red, green, blue);
  });
}

}  // namespace taper::data
