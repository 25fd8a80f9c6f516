// MNIST: finds and checks the files.
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <taper/data/idx.h>
#include <taper/data/mnist.h>
#include <taper/tensor/error.h>

namespace taper::data {
namespace {

constexpr std::int64_t side = 28, classes = 10;

std::string find(const char* function, const std::string& directory, const std::string& name) {
  std::error_code ignored;
  for (const char* const suffix : {"", ".gz"}) {
    const std::filesystem::path path = std::filesystem::path(directory) / (name + suffix);
    if (std::filesystem::exists(path, ignored)) return path;
  }
  throw IoError(fmt::format("{}: there is neither {} nor {}.gz in '{}'", function, name, name, directory));
}

struct Files {
  Tensor images, labels;
};

Files load(const char* function, const std::string& directory, bool train) {
  const std::string prefix = train ? "train" : "t10k";
  const auto image_path = find(function, directory, prefix + "-images-idx3-ubyte");
  const auto label_path = find(function, directory, prefix + "-labels-idx1-ubyte");
  const auto check = [function](const std::string& path, const Tensor& tensor, int rank,
                                const char* expected) {
    bool right = tensor.dtype() == DType::uint8 && tensor.rank() == rank;
    for (int i = 1; right && i < rank; ++i) right = tensor.shape()[i] == side;
    if (!right)
      throw IoError(fmt::format("{}: expected uint8 of shape {} in '{}', got {} of shape {}", function,
                                expected, path, name(tensor.dtype()), to_string(tensor.shape())));
  };
  const Tensor images = read_idx(image_path), raw_labels = read_idx(label_path);
  check(image_path, images, 3, "[count, 28, 28]");
  check(label_path, raw_labels, 1, "[count]");
  const std::int64_t count = images.shape()[0];
  if (raw_labels.numel() != count)
    throw IoError(fmt::format("{}: '{}' has {} images, but '{}' has {} labels", function, image_path, count,
                              label_path, raw_labels.numel()));

  Tensor labels = Tensor::empty({count}, DType::int64);
  const std::uint8_t* const from = raw_labels.data<std::uint8_t>();
  std::int64_t* const to = labels.mutable_data<std::int64_t>();
  for (std::int64_t i = 0; i < count; ++i) {
    if (from[i] >= classes)
      throw IoError(fmt::format("{}: expected labels from 0 to 9 in '{}', got {} at index {}", function,
                                label_path, from[i], i));
    to[i] = from[i];
  }
  return {images, labels};
}

ImageDataset dataset(const Files& files, std::vector<std::string> names, const MnistOptions& options,
                     float mean, float deviation) {
  ImageDatasetOptions with{.flatten = options.flatten};
  if (options.normalize) {
    with.means = {mean};
    with.deviations = {deviation};
  }
  return {files.images, files.labels, std::move(names), with};
}

}  // namespace

Mnist::Mnist(const std::string& directory, bool train, MnistOptions options)
    : ImageDataset(dataset(load("Mnist", directory, train),
                           {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}, options, 0.1307f, 0.3081f)) {}

FashionMnist::FashionMnist(const std::string& directory, bool train, MnistOptions options)
    : ImageDataset(dataset(load("FashionMnist", directory, train),
                           {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt",
                            "Sneaker", "Bag", "Ankle boot"},
                           options, 0.2860f, 0.3530f)) {}

}  // namespace taper::data
