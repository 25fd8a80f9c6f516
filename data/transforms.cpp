// Transforms: draw their numbers, and call the functions of images.
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include <taper/data/draw.h>
#include <taper/data/image_color.h>
#include <taper/data/image_geometry.h>
#include <taper/data/image_pixels.h>
#include <taper/data/resize_image.h>
#include <taper/data/transforms.h>
#include <taper/tensor/error.h>

namespace taper::data {
namespace {

// Throws unless low <= number <= high.
void check(const char* transform, const char* option, double number, double low, double high) {
  if (!(number >= low && number <= high))
    throw ValueError(
        fmt::format("{}: expected {} from {} to {}, got {}", transform, option, low, high, number));
}

void check_probability(const char* transform, double probability) {
  check(transform, "a probability", probability, 0, 1);
}

void check(const char* transform, const char* option, const Range& range, double low, double high) {
  if (!(range.low >= low && range.low <= range.high && range.high <= high))
    throw ValueError(fmt::format("{}: expected {} in ascending order, from {} to {}, got {} and {}",
                                 transform, option, low, high, range.low, range.high));
}

void check_size(const char* transform, std::int64_t height, std::int64_t width) {
  if (height < 1 || width < 1)
    throw ValueError(
        fmt::format("{}: expected a size of at least 1 by 1, got {} by {}", transform, height, width));
}

constexpr double huge = 1e6;

struct Box {
  std::int64_t top, left, height, width;
};

// A box in the image with a share of its area, and a side that is `ratio` times the other one; none, if ten
// do not fit.
std::optional<Box> random_box(Draw& draw, const detail::Extents& of, const Range& area, const Range& ratio,
                              bool of_width) {
  for (int attempt = 0; attempt < 10; ++attempt) {
    const double pixels = static_cast<double>(of.plane()) * draw.uniform(area.low, area.high);
    const double quotient = std::exp(draw.uniform(std::log(ratio.low), std::log(ratio.high)));
    const auto one = static_cast<std::int64_t>(std::round(std::sqrt(pixels * quotient)));
    const auto other = static_cast<std::int64_t>(std::round(std::sqrt(pixels / quotient)));
    const std::int64_t height = of_width ? other : one, width = of_width ? one : other;
    if (height < 1 || width < 1 || height > of.height || width > of.width) continue;
    const std::int64_t top = draw.integer(of.height - height + 1);
    return Box{top, draw.integer(of.width - width + 1), height, width};
  }
  return std::nullopt;
}

}  // namespace

Tensor Compose::operator()(const Tensor& image, Generator& generator) const {
  Tensor result = image;
  for (const ImageTransform& transform : transforms_) result = transform(result, generator);
  return result;
}

Example Compose::operator()(Example example, Generator& generator) const {
  if (example.empty())
    throw ValueError("Compose: expected an example whose first tensor is an image, got an empty one");
  example[0] = (*this)(example[0], generator);
  return example;
}

Tensor RandomApply::operator()(const Tensor& image, Generator& generator) const {
  check_probability("RandomApply", probability);
  return Draw(generator).chance(probability) ? transform(image, generator) : image;
}

Tensor ToFloat::operator()(const Tensor& image, Generator&) const { return to_float(image); }

Tensor Normalize::operator()(const Tensor& image, Generator&) const {
  return normalize_image(image, mean, deviation);
}

Tensor Resize::operator()(const Tensor& image, Generator&) const {
  check_size("Resize", height, width);
  return resize_image(image, height, width);
}

Tensor CenterCrop::operator()(const Tensor& image, Generator&) const {
  check_size("CenterCrop", height, width);
  const detail::Extents of = detail::extents_of("CenterCrop", image);
  const auto middle = [](std::int64_t extent, std::int64_t size) {
    return static_cast<std::int64_t>(std::floor(static_cast<double>(extent - size) / 2));
  };
  return crop(image, {middle(of.height, height), middle(of.width, width), height, width, fill});
}

Tensor RandomCrop::operator()(const Tensor& image, Generator& generator) const {
  check_size("RandomCrop", height, width);
  check("RandomCrop", "a padding", static_cast<double>(padding), 0, huge);
  const detail::Extents of = detail::extents_of("RandomCrop", image);
  const std::int64_t rows = of.height + 2 * padding - height, columns = of.width + 2 * padding - width;
  if (rows < 0 || columns < 0)
    throw ValueError(fmt::format(
        "RandomCrop: expected at most {} by {} pixels of an image of shape {} with a padding of {}, got {} "
        "by {}",
        of.height + 2 * padding, of.width + 2 * padding, to_string(image.shape()), padding, height, width));
  Draw draw(generator);
  const std::int64_t top = draw.integer(rows + 1) - padding;
  return crop(image, {top, draw.integer(columns + 1) - padding, height, width, fill});
}

Tensor RandomResizedCrop::operator()(const Tensor& image, Generator& generator) const {
  check_size("RandomResizedCrop", height, width);
  check("RandomResizedCrop", "shares of the area", area, 0, 1);
  check("RandomResizedCrop", "ratios", ratio, 1 / huge, huge);
  const detail::Extents of = detail::extents_of("RandomResizedCrop", image);
  Draw draw(generator);
  const std::optional<Box> box = random_box(draw, of, area, ratio, true);
  if (box) return resize_image(crop(image, {box->top, box->left, box->height, box->width}), height, width);
  // The largest one in the middle whose ratio is allowed.
  const auto rows = static_cast<double>(of.height), columns = static_cast<double>(of.width);
  const double wanted = std::clamp(columns / rows, ratio.low, ratio.high);
  const auto whole = [](double number) { return std::max<std::int64_t>(std::llround(number), 1); };
  const CenterCrop part{std::min(whole(columns / wanted), of.height),
                        std::min(whole(rows * wanted), of.width)};
  return resize_image(part(image, generator), height, width);
}

Tensor RandomHorizontalFlip::operator()(const Tensor& image, Generator& generator) const {
  check_probability("RandomHorizontalFlip", probability);
  return Draw(generator).chance(probability) ? flip_horizontal(image) : image;
}

Tensor RandomVerticalFlip::operator()(const Tensor& image, Generator& generator) const {
  check_probability("RandomVerticalFlip", probability);
  return Draw(generator).chance(probability) ? flip_vertical(image) : image;
}

Tensor RandomRotation::operator()(const Tensor& image, Generator& generator) const {
  check("RandomRotation", "degrees", degrees, 0, 360);
  return affine(image, {.angle = Draw(generator).uniform(-degrees, degrees), .fill = fill});
}

Tensor RandomAffine::operator()(const Tensor& image, Generator& generator) const {
  check("RandomAffine", "degrees", degrees, 0, 360);
  check("RandomAffine", "a translation", translate, 0, 1);
  check("RandomAffine", "scales", scale, 1 / huge, huge);
  check("RandomAffine", "a shear", shear, 0, 89);
  const detail::Extents of = detail::extents_of("RandomAffine", image);
  Draw draw(generator);
  AffineOptions options{.fill = fill};
  options.angle = draw.uniform(-degrees, degrees);
  options.translate_x = draw.uniform(-translate, translate) * static_cast<double>(of.width);
  options.translate_y = draw.uniform(-translate, translate) * static_cast<double>(of.height);
  options.scale = draw.uniform(scale.low, scale.high);
  options.shear_x = draw.uniform(-shear, shear);
  options.shear_y = draw.uniform(-shear, shear);
  return affine(image, options);
}

Tensor RandomElastic::operator()(const Tensor& image, Generator& generator) const {
  check_probability("RandomElastic", probability);
  check("RandomElastic", "an alpha", alpha, 0, huge);
  check("RandomElastic", "a sigma", sigma, 1e-3, 1000);
  const detail::Extents of = detail::extents_of("RandomElastic", image);
  if (!Draw(generator).chance(probability)) return image;
  const Tensor noise = uniform({2, of.height, of.width}, -1, 1, DType::float32, generator);
  return displace(image, elastic_displacement(noise, alpha, sigma), fill);
}

Tensor ColorJitter::operator()(const Tensor& image, Generator& generator) const {
  check("ColorJitter", "a brightness", brightness, 0, huge);
  check("ColorJitter", "a contrast", contrast, 0, huge);
  check("ColorJitter", "a saturation", saturation, 0, huge);
  check("ColorJitter", "a hue", hue, 0, 0.5);
  Draw draw(generator);
  const auto factor = [&](double reach) { return draw.uniform(std::max(0., 1 - reach), 1 + reach); };
  const double factors[] = {factor(brightness), factor(contrast), factor(saturation),
                            draw.uniform(-hue, hue)};
  const double reaches[] = {brightness, contrast, saturation, hue};
  std::array<int, 4> order{0, 1, 2, 3};
  for (std::int64_t i = 3; i > 0; --i)
    std::swap(order[static_cast<std::size_t>(i)], order[static_cast<std::size_t>(draw.integer(i + 1))]);
  Tensor result = image;
  for (const int each : order) {
    if (reaches[each] == 0) continue;
    result = each == 0   ? adjust_brightness(result, factors[0])
             : each == 1 ? adjust_contrast(result, factors[1])
             : each == 2 ? adjust_saturation(result, factors[2])
                         : adjust_hue(result, factors[3]);
  }
  return result;
}

Tensor RandomGrayscale::operator()(const Tensor& image, Generator& generator) const {
  check_probability("RandomGrayscale", probability);
  return Draw(generator).chance(probability) ? to_grayscale(image) : image;
}

Tensor RandomErasing::operator()(const Tensor& image, Generator& generator) const {
  check_probability("RandomErasing", probability);
  check("RandomErasing", "shares of the area", area, 0, 1);
  check("RandomErasing", "ratios", ratio, 1 / huge, huge);
  Draw draw(generator);
  if (!draw.chance(probability)) return image;
  const std::optional<Box> box =
      random_box(draw, detail::extents_of("RandomErasing", image), area, ratio, false);
  return box ? erase(image, box->top, box->left, box->height, box->width, value) : image;
}

Tensor Cutout::operator()(const Tensor& image, Generator& generator) const {
  check_probability("Cutout", probability);
  check("Cutout", "a size", static_cast<double>(size), 1, huge);
  const detail::Extents of = detail::extents_of("Cutout", image);
  Draw draw(generator);
  if (!draw.chance(probability)) return image;
  const std::int64_t top = draw.integer(of.height) - size / 2;
  return erase(image, top, draw.integer(of.width) - size / 2, size, size, value);
}

}  // namespace taper::data
