// TensorDataset: copies rows into batches.
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include <taper/data/tensor_dataset.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>

namespace taper::data {
namespace {

Tensor gather(const Tensor& from, std::span<const std::int64_t> indices) {
  Shape shape = from.shape();
  const std::int64_t rows = shape[0];
  shape[0] = static_cast<std::int64_t>(indices.size());
  Tensor result = Tensor::empty(shape, from.dtype());
  const std::size_t bytes = static_cast<std::size_t>(from.numel() / rows * size_of(from.dtype()));
  const std::byte* const source = static_cast<const std::byte*>(from.raw());
  std::byte* out = static_cast<std::byte*>(result.mutable_raw());
  for (const std::int64_t index : indices) {
    std::memcpy(out, source + static_cast<std::size_t>(index) * bytes, bytes);
    out += bytes;
  }
  return result;
}

}  // namespace

TensorDataset::TensorDataset(std::vector<Tensor> tensors) : tensors_(std::move(tensors)) {
  if (tensors_.empty()) throw ValueError("TensorDataset: expected at least one tensor, got none");
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    Tensor& tensor = tensors_[i];
    if (!tensor.defined()) throw ValueError(fmt::format("TensorDataset: tensor {} is undefined", i));
    if (tensor.rank() == 0 || tensor.shape()[0] != tensors_[0].shape()[0])
      throw ShapeError(
          fmt::format("TensorDataset: expected tensors with the same number of rows, got shape {} for tensor "
                      "{} and {} for tensor 0",
                      to_string(tensor.shape()), i, to_string(tensors_[0].shape())));
    tensor = compute::contiguous(tensor).detach();
  }
}

std::int64_t TensorDataset::size() const { return tensors_[0].shape()[0]; }

Example TensorDataset::get(std::int64_t index, Generator&) const {
  if (index < 0 || index >= size())
    throw IndexError(fmt::format("get: index {} is out of range for {} examples", index, size()));
  Example example;
  for (const Tensor& tensor : tensors_)
    example.push_back(tensor.alias(tensor.layout().select("get", 0, index)));
  return example;
}

Batch TensorDataset::get_batch(std::span<const std::int64_t> indices, const Randomness&) const {
  if (indices.empty()) throw ValueError("get_batch: expected at least one index, got none");
  for (const std::int64_t index : indices)
    if (index < 0 || index >= size())
      throw IndexError(fmt::format("get_batch: index {} is out of range for {} examples", index, size()));
  Batch batch;
  for (const Tensor& tensor : tensors_) batch.push_back(gather(tensor, indices));
  return batch;
}

}  // namespace taper::data
