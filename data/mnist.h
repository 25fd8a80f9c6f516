// MNIST: handwritten digits. Also for datasets in the same format (Fashion-MNIST, KMNIST).
#pragma once

#include <array>
#include <string>

#include <taper/data/tensor_dataset.h>

namespace taper::data {

/// Options of Mnist.
struct MnistOptions {
  /// Subtract the mean of the training pixels, 0.1307, and divide by their standard deviation, 0.3081.
  bool normalize = false;
  /// Return images of shape [784] instead of [1, 28, 28].
  bool flatten = false;
};

/// An example is an image and a label. The image has 28 x 28 pixels: float32 in [0, 1] and of shape [1, 28,
/// 28], unless the options say otherwise. The label is an int64 from 0 to 9. In memory, pixels are stored as
/// uint8; they are converted when a batch is made.
class Mnist final : public Dataset {
 public:
  /// Reads train-images-idx3-ubyte and train-labels-idx1-ubyte, or t10k-... unless `train`, from the
  /// directory; the names may end in ".gz". Throws IoError with the path and the reason if a file is missing,
  /// damaged or has unexpected content, or if the numbers of images and labels differ.
  explicit Mnist(const std::string& directory, bool train = true, MnistOptions options = {});

  std::int64_t size() const override { return pixels_.size(); }
  /// Throws IndexError out of range.
  Example get(std::int64_t index, Generator& unused) const override;
  /// Throws ValueError for an empty list of indices, IndexError out of range.
  Batch get_batch(std::span<const std::int64_t> indices, const Randomness& unused) const override;
  bool is_random() const override { return false; }

  /// The raw pixels, uint8 of shape [size, 28, 28].
  const Tensor& images() const noexcept { return pixels_.tensors()[0]; }
  /// The labels, int64 of shape [size].
  const Tensor& labels() const noexcept { return pixels_.tensors()[1]; }

 private:
  TensorDataset pixels_;
  MnistOptions options_;
  std::array<float, 256> values_;  // what each pixel is converted to
};

}  // namespace taper::data
