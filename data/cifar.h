// CIFAR-10 and CIFAR-100: small photographs, in their binary format.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include <taper/data/image_dataset.h>

namespace taper::data {

/// Options of Cifar10 and Cifar100.
struct CifarOptions {
  /// Subtract from each channel its mean over the training images, and divide by its standard deviation.
  bool normalize = false;
  /// Of Cifar100: the 20 superclasses instead of the 100 classes.
  bool coarse = false;
};

/// An example is an image and a label: float32 [3, 32, 32] in [0, 1], red, green and blue, and an int64 from
/// 0 to 9 (Krizhevsky: Learning multiple layers of features from tiny images; 2009). In memory, pixels are
/// stored as uint8.
class Cifar10 final : public ImageDataset {
 public:
  /// Reads data_batch_1.bin to data_batch_5.bin, or test_batch.bin unless `train`, from the directory or from
  /// cifar-10-batches-bin in it. Throws IoError with the path and the reason if a file is missing or has an
  /// unexpected content.
  explicit Cifar10(const std::string& directory, bool train = true, CifarOptions options = {});
};

/// The same with labels from 0 to 99. Reads train.bin or test.bin, from the directory or from
/// cifar-100-binary in it.
class Cifar100 final : public ImageDataset {
 public:
  explicit Cifar100(const std::string& directory, bool train = true, CifarOptions options = {});
};

/// What a file of CIFAR holds.
struct CifarFile {
  Tensor images;  ///< uint8 [count, 3, 32, 32]
  Tensor labels;  ///< int64 [count, labels of an image]
};
/// The content of a binary file of CIFAR-10 (10 classes, one label for each image) or CIFAR-100 (100 classes,
/// behind a label of 20 superclasses). Throws IoError if it is not made of whole records or has a label out
/// of range; ValueError for another number of classes.
CifarFile parse_cifar(std::span<const std::byte> bytes, std::int64_t classes);

}  // namespace taper::data
