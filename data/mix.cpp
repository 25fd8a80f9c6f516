// Mixup and CutMix: the partners, the share, and the sums.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <taper/data/draw.h>
#include <taper/data/mix.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>

namespace taper::data {
namespace {

void check_options(const char* transform, double alpha, double probability) {
  if (!(alpha > 0 && alpha <= 1e6))
    throw ValueError(fmt::format("{}: expected an alpha above 0 and up to 1e6, got {}", transform, alpha));
  if (!(probability >= 0 && probability <= 1))
    throw ValueError(fmt::format("{}: expected a probability from 0 to 1, got {}", transform, probability));
}

void check_batch(const char* transform, const Batch& batch, int rank) {
  if (batch.size() < 2 || !batch[0].defined() || !batch[1].defined())
    throw ValueError(fmt::format("{}: expected a batch of images and labels", transform));
  if (batch[0].dtype() != DType::float32)
    throw DTypeError(fmt::format("{}: expected float32 images, got {}", transform, name(batch[0].dtype())));
  if (batch[0].rank() < 1 || (rank > 0 && batch[0].rank() != rank))
    throw ShapeError(fmt::format("{}: expected images of shape [examples, {}], got {}", transform,
                                 rank > 0 ? "channels, height, width" : "...", to_string(batch[0].shape())));
}

// float32 [examples, classes].
Tensor rows_of(const char* transform, const Tensor& labels, std::int64_t examples, std::int64_t classes) {
  if (labels.rank() == 2 && labels.size(0) == examples && labels.dtype() == DType::float32)
    return compute::contiguous(labels);
  if (labels.rank() != 1 || labels.size(0) != examples || labels.dtype() != DType::int64)
    throw ShapeError(fmt::format("{}: expected labels int64 [{}], or float32 [{}, classes], got {} {}",
                                 transform, examples, examples, name(labels.dtype()),
                                 to_string(labels.shape())));
  if (classes < 1)
    throw ValueError(fmt::format("{}: for labels that are numbers, expected `classes` of at least 1, got {}",
                                 transform, classes));
  Tensor rows = Tensor::empty({examples, classes}, DType::float32, transform);
  float* const to = rows.mutable_data<float>();
  std::fill_n(to, rows.numel(), 0.f);
  const Tensor numbers = compute::contiguous(labels);
  for (std::int64_t i = 0; i < examples; ++i) {
    const std::int64_t label = numbers.data<std::int64_t>()[i];
    if (label < 0 || label >= classes)
      throw IndexError(
          fmt::format("{}: expected labels from 0 to {}, got {}", transform, classes - 1, label));
    to[i * classes + label] = 1;
  }
  return rows;
}

// share * row i + (1 - share) * row partner(i).
Tensor mixed(const char* transform, const Tensor& rows, const Tensor& partners, double share) {
  Tensor result = Tensor::empty(rows.shape(), DType::float32, transform);
  const std::int64_t examples = partners.numel(), width = examples == 0 ? 0 : rows.numel() / examples;
  const auto own = static_cast<float>(share), other = static_cast<float>(1 - share);
  for (std::int64_t i = 0; i < examples; ++i) {
    const float* const a = rows.data<float>() + i * width;
    const float* const b = rows.data<float>() + partners.data<std::int64_t>()[i] * width;
    float* const to = result.mutable_data<float>() + i * width;
    for (std::int64_t j = 0; j < width; ++j) to[j] = own * a[j] + other * b[j];
  }
  return result;
}

}  // namespace

Batch Mixup::operator()(Batch batch, Generator& generator) const {
  check_options("Mixup", alpha, probability);
  check_batch("Mixup", batch, 0);
  const std::int64_t examples = batch[0].size(0);
  batch[1] = rows_of("Mixup", batch[1], examples, classes);
  Draw draw(generator);
  if (!draw.chance(probability)) return batch;
  const double share = draw.beta(alpha);
  const Tensor partners = permutation(examples, generator);
  batch[0] = mixed("Mixup", compute::contiguous(batch[0]), partners, share);
  batch[1] = mixed("Mixup", batch[1], partners, share);
  return batch;
}

Batch CutMix::operator()(Batch batch, Generator& generator) const {
  check_options("CutMix", alpha, probability);
  check_batch("CutMix", batch, 4);
  const std::int64_t examples = batch[0].size(0), channels = batch[0].size(1), height = batch[0].size(2),
                     width = batch[0].size(3);
  batch[1] = rows_of("CutMix", batch[1], examples, classes);
  Draw draw(generator);
  if (!draw.chance(probability) || batch[0].numel() == 0) return batch;
  const double side = std::sqrt(1 - draw.beta(alpha));  // of the box, as a share of the image's
  const auto part = [&](std::int64_t extent, std::int64_t& first) {
    const auto size = static_cast<std::int64_t>(side * static_cast<double>(extent));
    const std::int64_t begin = draw.integer(extent) - size / 2;
    first = std::clamp<std::int64_t>(begin, 0, extent);
    return std::clamp<std::int64_t>(begin + size, 0, extent);
  };
  std::int64_t top = 0, left = 0;
  const std::int64_t bottom = part(height, top), right = part(width, left);
  const Tensor partners = permutation(examples, generator);
  const Tensor images = compute::contiguous(batch[0]);
  Tensor result = compute::cast(images, DType::float32);
  float* const to = result.mutable_data<float>();
  for (std::int64_t i = 0; i < examples; ++i)
    for (std::int64_t channel = 0; channel < channels; ++channel)
      for (std::int64_t row = top; row < bottom; ++row) {
        const auto place = [&](std::int64_t image) {
          return ((image * channels + channel) * height + row) * width;
        };
        const float* const other = images.data<float>() + place(partners.data<std::int64_t>()[i]);
        std::copy(other + left, other + right, to + place(i) + left);
      }
  const double taken =
      static_cast<double>((bottom - top) * (right - left)) / static_cast<double>(height * width);
  batch[0] = result;
  batch[1] = mixed("CutMix", batch[1], partners, 1 - taken);
  return batch;
}

}  // namespace taper::data
