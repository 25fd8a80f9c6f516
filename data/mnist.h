// MNIST: handwritten digits; and Fashion-MNIST: articles of clothing, in files of the same names and format.
#pragma once

#include <string>

#include <taper/data/image_dataset.h>

namespace taper::data {

/// Options of Mnist and FashionMnist.
struct MnistOptions {
  /// Subtract the mean of the training pixels, 0.1307, and divide by their standard deviation, 0.3081
  /// (Fashion-MNIST: 0.2860 and 0.3530).
  bool normalize = false;
  /// Return images of shape [784] instead of [1, 28, 28].
  bool flatten = false;
};

/// An example is an image and a label. The image has 28 x 28 pixels: float32 in [0, 1] and of shape [1, 28,
/// 28], unless the options say otherwise. The label is an int64 from 0 to 9. In memory, pixels are stored as
/// uint8 [size, 28, 28]; they are converted when a batch is made.
class Mnist final : public ImageDataset {
 public:
  /// Reads train-images-idx3-ubyte and train-labels-idx1-ubyte, or t10k-... unless `train`, from the
  /// directory; the names may end in ".gz". Throws IoError with the path and the reason if a file is missing,
  /// damaged or has unexpected content, or if the numbers of images and labels differ.
  explicit Mnist(const std::string& directory, bool train = true, MnistOptions options = {});
};

/// The same for Fashion-MNIST (Xiao, Rasul, Vollgraf: Fashion-MNIST; 2017). classes() are "T-shirt/top",
/// "Trouser", ...
class FashionMnist final : public ImageDataset {
 public:
  explicit FashionMnist(const std::string& directory, bool train = true, MnistOptions options = {});
};

}  // namespace taper::data
