// ImageDataset: pixels become numbers by a scale for each channel.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <taper/data/image_dataset.h>
#include <taper/data/pixel_scales.h>
#include <taper/tensor/error.h>

namespace taper::data {
namespace {

// Asks memory for the next image while one is converted: the order is random, so that no processor guesses
// it.
void fetch(const std::uint8_t* from, std::int64_t bytes) {
  constexpr std::int64_t line = 64, most = 4096;  // after those the processor has noticed
  for (std::int64_t i = 0; i < std::min(bytes, most); i += line) __builtin_prefetch(from + i);
}

}  // namespace

ImageDataset::ImageDataset(const Tensor& pixels, const Tensor& labels, std::vector<std::string> classes,
                           const ImageDatasetOptions& options)
    : pixels_({pixels, labels}), classes_(std::move(classes)) {
  const Shape& shape = pixels.shape();
  if (shape.rank() != 3 && shape.rank() != 4)
    throw ShapeError(
        fmt::format("ImageDataset: expected pixels of shape [count, channels, height, width] or [count, "
                    "height, width], got {}",
                    to_string(shape)));
  if (labels.rank() != 1)
    throw ShapeError(fmt::format("ImageDataset: expected labels of shape [{}], got {}", shape[0],
                                 to_string(labels.shape())));
  if (pixels.dtype() != DType::uint8 || labels.dtype() != DType::int64)
    throw DTypeError(
        fmt::format("ImageDataset: expected pixels of dtype uint8 and labels of int64, got {} and {}",
                    name(pixels.dtype()), name(labels.dtype())));
  const std::int64_t* const label = this->labels().data<std::int64_t>();
  for (std::int64_t i = 0; i < size(); ++i)
    if (label[i] < 0 || (!classes_.empty() && label[i] >= std::ssize(classes_)))
      throw IndexError(fmt::format("ImageDataset: label {} of image {} is out of range for {} classes",
                                   label[i], i, classes_.size()));
  const int rank = shape.rank();
  channels_ = rank == 4 ? shape[1] : 1;
  area_ = shape[rank - 2] * shape[rank - 1];
  shape_ = options.flatten ? Shape{channels_ * area_} : Shape{channels_, shape[rank - 2], shape[rank - 1]};
  scales_ = pixel_scales("ImageDataset", channels_, options.means, options.deviations);
}

Example ImageDataset::get(std::int64_t index, Generator&) const {
  Example example;
  for (const Tensor& rows : get_batch({&index, 1}, {}))
    example.push_back(rows.alias(rows.layout().select("get", 0, 0)));
  return example;
}

Batch ImageDataset::get_batch(std::span<const std::int64_t> indices, const Randomness&) const {
  if (indices.empty()) throw ValueError("get_batch: expected at least one index, got none");
  Shape shape = shape_;
  shape.insert(0, static_cast<std::int64_t>(indices.size()));
  Tensor images = Tensor::empty(shape, DType::float32);
  Tensor chosen = Tensor::empty({shape[0]}, DType::int64);
  const std::uint8_t* const pixels = this->images().data<std::uint8_t>();
  const std::int64_t* const known = labels().data<std::int64_t>();
  float* out = images.mutable_data<float>();
  std::int64_t* label = chosen.mutable_data<std::int64_t>();
  const std::int64_t bytes = channels_ * area_;
  for (const std::int64_t index : indices)
    if (index < 0 || index >= size())
      throw IndexError(fmt::format("get_batch: index {} is out of range for {} examples", index, size()));
  for (std::size_t i = 0; i < indices.size(); ++i) {
    if (i + 1 < indices.size()) fetch(pixels + indices[i + 1] * bytes, bytes);
    *label++ = known[indices[i]];
    const std::uint8_t* from = pixels + indices[i] * bytes;
    for (const compute::PixelScale& scale : scales_) {
      scale(from, out, area_);
      from += area_;
      out += area_;
    }
  }
  return {std::move(images), std::move(chosen)};
}

}  // namespace taper::data
