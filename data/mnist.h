// MNIST: handwritten digits, and what is stored in the same form (Fashion-MNIST, KMNIST).
#pragma once

#include <string>

#include <taper/data/tensor_dataset.h>

namespace taper::data {

/// Options of Mnist.
struct MnistOptions {
  /// Subtract the mean of the training pixels, 0.1307, and divide by their standard deviation, 0.3081.
  bool normalize = false;
  /// Inputs of shape [784] instead of [1, 28, 28].
  bool flatten = false;
};

/// Images of 28 x 28 pixels, float32 in [0, 1] and of shape [1, 28, 28] unless the options say otherwise,
/// with labels 0 to 9, int64. The pixels stay bytes in memory and are converted batch by batch.
class Mnist final : public Dataset {
 public:
  /// Reads train-images-idx3-ubyte and train-labels-idx1-ubyte, or t10k-... unless `train`, from the
  /// directory, plain or with ".gz". Throws IoError with the path and the reason if a file is missing,
  /// damaged or not what it should be, or if the counts of images and labels differ.
  explicit Mnist(const std::string& directory, bool train = true, MnistOptions options = {});

  std::int64_t size() const override { return pixels_.size(); }
  /// Throws IndexError out of range.
  Example get(std::int64_t index, Generator& unused) const override;
  /// Throws ValueError without indices, IndexError out of range.
  Batch get_batch(std::span<const std::int64_t> indices, const Randomness& unused) const override;

  /// The raw pixels, uint8 of shape [size, 28, 28].
  const Tensor& images() const noexcept { return pixels_.tensors()[0]; }
  /// int64 of shape [size].
  const Tensor& labels() const noexcept { return pixels_.tensors()[1]; }

 private:
  TensorDataset pixels_;
  MnistOptions options_;
};

}  // namespace taper::data
