// ImageDataset: images and their labels in memory; what the datasets of small images have in common.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <taper/data/tensor_dataset.h>
#include <taper/tensor/pixels.h>

namespace taper::data {

/// Options of ImageDataset.
struct ImageDatasetOptions {
  /// One number for each channel; they are subtracted from values in [0, 1], which are then divided by the
  /// deviations. Without any, values stay as they are.
  std::vector<float> means = {};
  std::vector<float> deviations = {};
  /// Return images of shape [channels * height * width].
  bool flatten = false;
};

/// An example is an image, float32 [channels, height, width], and its label, a scalar of int64. In memory
/// pixels are uint8; from 0 to 255 they become 0 to 1 when a batch is made.
class ImageDataset : public Dataset {
 public:
  /// `pixels` are uint8 [count, channels, height, width] or, of one channel, [count, height, width]; `labels`
  /// are int64 [count], indices of `classes`, whose names may be left out. Throws ShapeError or DTypeError
  /// for others, ValueError for other numbers of means and deviations than of channels, IndexError for a
  /// label that is negative or has no name among those given.
  ImageDataset(const Tensor& pixels, const Tensor& labels, std::vector<std::string> classes = {},
               const ImageDatasetOptions& options = {});

  std::int64_t size() const override { return pixels_.size(); }
  /// Throws IndexError out of range.
  Example get(std::int64_t index, Generator& unused) const override;
  /// Throws ValueError for an empty list of indices, IndexError out of range.
  Batch get_batch(std::span<const std::int64_t> indices, const Randomness& unused) const override;
  bool is_random() const override { return false; }

  /// The raw pixels and the labels, as they were given.
  const Tensor& images() const noexcept { return pixels_.tensors()[0]; }
  const Tensor& labels() const noexcept { return pixels_.tensors()[1]; }
  /// The names of the labels.
  const std::vector<std::string>& classes() const noexcept { return classes_; }

 private:
  TensorDataset pixels_;
  std::vector<std::string> classes_;
  std::int64_t channels_ = 1, area_ = 0;     // of an image; the pixels of a channel
  Shape shape_;                              // of an example's image
  std::vector<compute::PixelScale> scales_;  // of the channels
};

}  // namespace taper::data
