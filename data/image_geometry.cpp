// Geometry of images: plain loops over pixels.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include <fmt/format.h>

#include <taper/data/image_geometry.h>
#include <taper/data/image_pixels.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>

namespace taper::data {

using detail::Extents;
using detail::extents_of;
using detail::pixel;
using detail::with_pixel_type;

Tensor crop(const Tensor& image, const CropOptions& options) {
  const Extents of = extents_of("crop", image);
  constexpr std::int64_t most = std::int64_t{1} << 31;
  const auto within = [](std::int64_t number, std::int64_t least) {
    return number >= least && number <= most;
  };
  if (!within(options.height, 1) || !within(options.width, 1) || !within(options.top, -most) ||
      !within(options.left, -most))
    throw ValueError(
        fmt::format("crop: expected a box of at least one pixel, got height {}, width {} at ({}, {})",
                    options.height, options.width, options.top, options.left));
  const Tensor whole = compute::contiguous(image);
  Tensor result = Tensor::empty({of.channels, options.height, options.width}, image.dtype(), "crop");
  with_pixel_type("crop", image, [&](auto type) {
    using T = decltype(type);
    const T fill = pixel<T>(static_cast<float>(options.fill));
    const T* const from = whole.data<T>();
    T* to = result.mutable_data<T>();
    // The columns of the box that lie in the image.
    const std::int64_t first = std::clamp<std::int64_t>(-options.left, 0, options.width);
    const std::int64_t last = std::clamp(of.width - options.left, first, options.width);
    for (std::int64_t channel = 0; channel < of.channels; ++channel)
      for (std::int64_t row = 0; row < options.height; ++row, to += options.width) {
        const std::int64_t y = row + options.top;
        if (y < 0 || y >= of.height) {
          std::fill_n(to, options.width, fill);
          continue;
        }
        std::fill_n(to, first, fill);
        std::copy_n(from + channel * of.plane() + y * of.width + options.left + first, last - first,
                    to + first);
        std::fill(to + last, to + options.width, fill);
      }
  });
  return result;
}

namespace {

Tensor flipped(const char* function, const Tensor& image, bool horizontal) {
  const Extents of = extents_of(function, image);
  const Tensor whole = compute::contiguous(image);
  Tensor result = Tensor::empty(image.shape(), image.dtype(), function);
  with_pixel_type(function, image, [&](auto type) {
    using T = decltype(type);
    const T* const from = whole.data<T>();
    T* const to = result.mutable_data<T>();
    for (std::int64_t row = 0; row < of.channels * of.height; ++row) {
      const std::int64_t channel = row / of.height, y = row % of.height;
      const T* const line = from + (horizontal ? row : channel * of.height + of.height - 1 - y) * of.width;
      if (horizontal)
        std::reverse_copy(line, line + of.width, to + row * of.width);
      else
        std::copy_n(line, of.width, to + row * of.width);
    }
  });
  return result;
}

// Pixel (row, column) of the result is that of the image at place(row, column), which has x and y.
template <class Place>
Tensor warp(const char* function, const Tensor& image, double fill, Place&& place) {
  const Extents of = extents_of(function, image);
  const Tensor whole = compute::contiguous(image);
  Tensor result = Tensor::empty(image.shape(), image.dtype(), function);
  with_pixel_type(function, image, [&](auto type) {
    using T = decltype(type);
    const T* const from = whole.data<T>();
    T* const to = result.mutable_data<T>();
    const auto outside = static_cast<float>(fill);
    const auto height = static_cast<int>(of.height), width = static_cast<int>(of.width);
    for (int row = 0; row < height; ++row)
      for (int column = 0; column < width; ++column) {
        float x, y;
        place(row, column, x, y);
        // Beyond one pixel outside all is the same; and not-a-number is outside.
        x = x > -2 ? std::min(x, static_cast<float>(width + 1)) : -2.f;
        y = y > -2 ? std::min(y, static_cast<float>(height + 1)) : -2.f;
        const int left = static_cast<int>(x + 2) - 2, top = static_cast<int>(y + 2) - 2;
        const float right_share = x - static_cast<float>(left), lower_share = y - static_cast<float>(top);
        const bool inside = left >= 0 && left + 1 < width && top >= 0 && top + 1 < height;
        for (std::int64_t channel = 0; channel < of.channels; ++channel) {
          const T* const plane = from + channel * of.plane();
          float corner[4];
          if (inside) {
            const T* const at = plane + static_cast<std::int64_t>(top) * width + left;
            corner[0] = at[0], corner[1] = at[1], corner[2] = at[width], corner[3] = at[width + 1];
          } else {
            for (int i = 0; i < 4; ++i) {
              const int u = left + (i & 1), v = top + (i >> 1);
              const bool is_pixel = u >= 0 && u < width && v >= 0 && v < height;
              corner[i] = is_pixel ? plane[static_cast<std::int64_t>(v) * width + u] : outside;
            }
          }
          const float upper = corner[0] + (corner[1] - corner[0]) * right_share;
          const float lower = corner[2] + (corner[3] - corner[2]) * right_share;
          to[channel * of.plane() + static_cast<std::int64_t>(row) * width + column] =
              pixel<T>(upper + (lower - upper) * lower_share);
        }
      }
  });
  return result;
}

}  // namespace

Tensor flip_horizontal(const Tensor& image) { return flipped("flip_horizontal", image, true); }
Tensor flip_vertical(const Tensor& image) { return flipped("flip_vertical", image, false); }

Tensor affine(const Tensor& image, const AffineOptions& options) {
  const Extents of = extents_of("affine", image);
  const double radians = std::numbers::pi / 180;
  const double angle = options.angle * radians, shear_x = options.shear_x * radians,
               shear_y = options.shear_y * radians;
  // The inverse of moving * rotating * shearing * scaling, from pixels of the result to those of the image.
  const double over_cosine = 1 / std::cos(shear_y);
  const double a = std::cos(angle - shear_y) * over_cosine;
  const double b = -a * std::tan(shear_x) - std::sin(angle);
  const double c = std::sin(angle - shear_y) * over_cosine;
  const double d = -c * std::tan(shear_x) + std::cos(angle);
  const double xx = d / options.scale, xy = -b / options.scale, yx = -c / options.scale,
               yy = a / options.scale;
  const double finite = xx + xy + yx + yy + options.translate_x + options.translate_y;
  if (!(options.scale > 0) || !std::isfinite(finite) || std::abs(finite) > 1e12)
    throw ValueError(fmt::format(
        "affine: expected a scale above 0, shears within 90 degrees and finite numbers, got angle {}, "
        "translation ({}, {}), scale {}, shear ({}, {})",
        options.angle, options.translate_x, options.translate_y, options.scale, options.shear_x,
        options.shear_y));
  const double middle_x = (static_cast<double>(of.width) - 1) / 2,
               middle_y = (static_cast<double>(of.height) - 1) / 2;
  const double x0 = -middle_x - options.translate_x, y0 = -middle_y - options.translate_y;
  const auto to_x = static_cast<float>(xx * x0 + xy * y0 + middle_x);
  const auto to_y = static_cast<float>(yx * x0 + yy * y0 + middle_y);
  const auto x_by_column = static_cast<float>(xx), x_by_row = static_cast<float>(xy);
  const auto y_by_column = static_cast<float>(yx), y_by_row = static_cast<float>(yy);
  return warp("affine", image, options.fill, [&](int row, int column, float& x, float& y) {
    const auto r = static_cast<float>(row), q = static_cast<float>(column);
    x = x_by_column * q + (x_by_row * r + to_x);
    y = y_by_column * q + (y_by_row * r + to_y);
  });
}

namespace {

void check_field(const char* function, const char* role, const Tensor& field) {
  if (!field.defined()) throw ValueError(fmt::format("{}: the {} is undefined", function, role));
  if (field.rank() != 3 || field.size(0) != 2 || field.numel() == 0)
    throw ShapeError(fmt::format("{}: expected a {} of shape [2, height, width], got {}", function, role,
                                 to_string(field.shape())));
  if (field.dtype() != DType::float32)
    throw DTypeError(fmt::format("{}: expected a float32 {}, got {}", function, role, name(field.dtype())));
}

}  // namespace

Tensor displace(const Tensor& image, const Tensor& displacement, double fill) {
  const Extents of = extents_of("displace", image);
  check_field("displace", "displacement", displacement);
  if (displacement.size(1) != of.height || displacement.size(2) != of.width)
    throw ShapeError(
        fmt::format("displace: expected a displacement of shape [2, {}, {}] as the image, got {}", of.height,
                    of.width, to_string(displacement.shape())));
  const Tensor field = compute::contiguous(displacement);
  const float* const down = field.data<float>();
  const float* const right = down + of.plane();
  return warp("displace", image, fill, [&](int row, int column, float& x, float& y) {
    const std::int64_t at = row * of.width + column;
    x = static_cast<float>(column) + right[at];
    y = static_cast<float>(row) + down[at];
  });
}

Tensor elastic_displacement(const Tensor& noise, double alpha, double sigma) {
  check_field("elastic_displacement", "noise", noise);
  if (!(sigma > 0 && sigma <= 1000) || !std::isfinite(alpha))
    throw ValueError(fmt::format(
        "elastic_displacement: expected a finite alpha, and a sigma above 0 and up to 1000, got {} and {}",
        alpha, sigma));
  const std::int64_t rows = 2 * noise.size(1), width = noise.size(2), height = noise.size(1);
  const auto radius = static_cast<std::int64_t>(std::ceil(3 * sigma));
  std::vector<float> taps(static_cast<std::size_t>(radius + 1));  // symmetric: half of them
  double sum = 0;
  for (std::int64_t i = 0; i <= radius; ++i) {
    const double tap = std::exp(-0.5 * static_cast<double>(i * i) / (sigma * sigma));
    taps[static_cast<std::size_t>(i)] = static_cast<float>(tap);
    sum += i == 0 ? tap : 2 * tap;
  }
  for (float& tap : taps) tap = static_cast<float>(tap / sum);

  // Along the rows, with zeros around each; then along the columns, a row at a time.
  const Tensor given = compute::contiguous(noise);
  std::vector<float> padded(static_cast<std::size_t>(width + 2 * radius));
  std::vector<float> smooth(static_cast<std::size_t>(rows * width));
  for (std::int64_t row = 0; row < rows; ++row) {
    std::copy_n(given.data<float>() + row * width, width, padded.begin() + radius);
    const float* const middle = padded.data() + radius;
    float* const to = smooth.data() + row * width;
    for (std::int64_t x = 0; x < width; ++x) to[x] = taps[0] * middle[x];
    for (std::int64_t i = 1; i <= radius; ++i) {
      const float tap = taps[static_cast<std::size_t>(i)];
      for (std::int64_t x = 0; x < width; ++x) to[x] += tap * (middle[x - i] + middle[x + i]);
    }
  }
  Tensor result = Tensor::empty(noise.shape(), DType::float32, "elastic_displacement");
  float* to = result.mutable_data<float>();
  const auto scale = static_cast<float>(alpha);
  for (std::int64_t row = 0; row < rows; ++row, to += width) {
    std::fill_n(to, width, 0.f);
    const std::int64_t field = row / height * height;
    const std::int64_t first = std::max(field, row - radius),
                       last = std::min(field + height - 1, row + radius);
    for (std::int64_t y = first; y <= last; ++y) {
      const float tap = scale * taps[static_cast<std::size_t>(std::abs(y - row))];
      const float* const from = smooth.data() + y * width;
      for (std::int64_t x = 0; x < width; ++x) to[x] += tap * from[x];
    }
  }
  return result;
}

Tensor erase(const Tensor& image, std::int64_t top, std::int64_t left, std::int64_t height,
             std::int64_t width, double value) {
  const Extents of = extents_of("erase", image);
  const auto cut = [](std::int64_t begin, std::int64_t size, std::int64_t extent, std::int64_t& first) {
    first = std::clamp<std::int64_t>(begin, 0, extent);
    std::int64_t end = extent;
    if (__builtin_add_overflow(begin, std::max<std::int64_t>(size, 0), &end)) end = extent;
    return std::clamp(end, first, extent);
  };
  std::int64_t first_row = 0, first_column = 0;
  const std::int64_t last_row = cut(top, height, of.height, first_row);
  const std::int64_t last_column = cut(left, width, of.width, first_column);
  Tensor result = compute::cast(image.detach(), image.dtype(), "erase");
  with_pixel_type("erase", image, [&](auto type) {
    using T = decltype(type);
    T* const to = result.mutable_data<T>();
    for (std::int64_t channel = 0; channel < of.channels; ++channel)
      for (std::int64_t row = first_row; row < last_row; ++row) {
        T* const line = to + channel * of.plane() + row * of.width;
        std::fill(line + first_column, line + last_column, pixel<T>(static_cast<float>(value)));
      }
  });
  return result;
}

}  // namespace taper::data
