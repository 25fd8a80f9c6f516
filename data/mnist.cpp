// MNIST: finds, checks and converts the files.
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <taper/data/idx.h>
#include <taper/data/mnist.h>
#include <taper/tensor/error.h>

namespace taper::data {
namespace {

constexpr std::int64_t side = 28, classes = 10;

std::string find(const std::string& directory, const std::string& name) {
  std::error_code ignored;
  for (const char* const suffix : {"", ".gz"}) {
    const std::filesystem::path path = std::filesystem::path(directory) / (name + suffix);
    if (std::filesystem::exists(path, ignored)) return path;
  }
  throw IoError(fmt::format("Mnist: there is neither {} nor {}.gz in '{}'", name, name, directory));
}

TensorDataset load(const std::string& directory, bool train) {
  const std::string prefix = train ? "train" : "t10k";
  const auto image_path = find(directory, prefix + "-images-idx3-ubyte");
  const auto label_path = find(directory, prefix + "-labels-idx1-ubyte");
  const auto check = [](const std::string& path, const Tensor& tensor, int rank, const char* expected) {
    bool right = tensor.dtype() == DType::uint8 && tensor.rank() == rank;
    for (int i = 1; right && i < rank; ++i) right = tensor.shape()[i] == side;
    if (!right)
      throw IoError(fmt::format("Mnist: expected uint8 of shape {} in '{}', got {} of shape {}", expected,
                                path, name(tensor.dtype()), to_string(tensor.shape())));
  };
  const Tensor images = read_idx(image_path), raw_labels = read_idx(label_path);
  check(image_path, images, 3, "[count, 28, 28]");
  check(label_path, raw_labels, 1, "[count]");
  const std::int64_t count = images.shape()[0];
  if (raw_labels.numel() != count)
    throw IoError(fmt::format("Mnist: '{}' has {} images, but '{}' has {} labels", image_path, count,
                              label_path, raw_labels.numel()));

  Tensor labels = Tensor::empty({count}, DType::int64);
  const std::uint8_t* const from = raw_labels.data<std::uint8_t>();
  std::int64_t* const to = labels.mutable_data<std::int64_t>();
  for (std::int64_t i = 0; i < count; ++i) {
    if (from[i] >= classes)
      throw IoError(fmt::format("Mnist: expected labels from 0 to 9 in '{}', got {} at index {}", label_path,
                                from[i], i));
    to[i] = from[i];
  }
  return TensorDataset({images, labels});
}

}  // namespace

Mnist::Mnist(const std::string& directory, bool train, MnistOptions options)
    : pixels_(load(directory, train)), options_(options) {
  for (std::size_t i = 0; i < values_.size(); ++i) {
    const float value = static_cast<float>(i) / 255;
    values_[i] = options.normalize ? (value - 0.1307f) / 0.3081f : value;
  }
}

Example Mnist::get(std::int64_t index, Generator&) const {
  Example example;
  for (const Tensor& rows : get_batch({&index, 1}, {}))
    example.push_back(rows.alias(rows.layout().select("get", 0, 0)));
  return example;
}

Batch Mnist::get_batch(std::span<const std::int64_t> indices, const Randomness&) const {
  if (indices.empty()) throw ValueError("get_batch: expected at least one index, got none");
  const auto count = static_cast<std::int64_t>(indices.size());
  Tensor images = Tensor::empty(options_.flatten ? Shape{count, side * side} : Shape{count, 1, side, side},
                                DType::float32);
  Tensor digits = Tensor::empty({count}, DType::int64);
  const std::uint8_t* const pixels = pixels_.tensors()[0].data<std::uint8_t>();
  const std::int64_t* const known = labels().data<std::int64_t>();
  const float* const values = values_.data();
  float* out = images.mutable_data<float>();
  std::int64_t* digit = digits.mutable_data<std::int64_t>();
  for (const std::int64_t index : indices) {
    if (index < 0 || index >= size())
      throw IndexError(fmt::format("get_batch: index {} is out of range for {} examples", index, size()));
    *digit++ = known[index];
    const std::uint8_t* const from = pixels + index * side * side;
    for (std::int64_t i = 0; i < side * side; ++i) out[i] = values[from[i]];
    out += side * side;
  }
  return {std::move(images), std::move(digits)};
}

}  // namespace taper::data
