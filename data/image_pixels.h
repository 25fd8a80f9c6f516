// What the functions of images share: checks, and loops for each type of pixel.
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include <taper/tensor/tensor.h>

namespace taper::data::detail {

struct Extents {
  std::int64_t channels, height, width;
  std::int64_t plane() const noexcept { return height * width; }
};

/// Throws ValueError or ShapeError, named after the function, unless it is an image with pixels.
Extents extents_of(const char* function, const Tensor& image);

/// Throws DTypeError.
[[noreturn]] void throw_pixel_type(const char* function, const char* expected, const Tensor& image);

/// Calls loop(T()) for the type of the pixels.
template <class Loop>
void with_pixel_type(const char* function, const Tensor& image, Loop&& loop) {
  if (image.dtype() == DType::float32) return loop(float());
  if (image.dtype() == DType::uint8) return loop(std::uint8_t());
  throw_pixel_type(function, "a float32 or uint8", image);
}

/// Rounded to the type of the pixel, if that is an integer.
template <class T>
T pixel(float value) noexcept {
  if constexpr (std::is_same_v<T, float>) return value;
  const float cut = value > 0 ? std::min(value, 255.f) : 0.f;  // not-a-number is 0
  return static_cast<T>(cut + 0.5f);  // NOLINT(bugprone-incorrect-roundings): nothing is below 0
}

}  // namespace taper::data::detail
