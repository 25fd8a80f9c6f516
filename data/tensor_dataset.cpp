// TensorDataset: gathers rows.
#include <cstring>

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
  if (rows == 0 || indices.empty()) return result;
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

TensorDataset::TensorDataset(const Tensor& inputs, const Tensor& targets)
    : inputs_(compute::contiguous(inputs).detach()), targets_(compute::contiguous(targets).detach()) {
  if (inputs.rank() == 0 || targets.rank() == 0 || inputs.shape()[0] != targets.shape()[0])
    throw ShapeError(fmt::format(
        "TensorDataset: inputs and targets with equally many rows are wanted, got shapes {} and {}",
        to_string(inputs.shape()), to_string(targets.shape())));
}

std::int64_t TensorDataset::size() const { return inputs_.shape()[0]; }

Example TensorDataset::get(std::int64_t index) const {
  if (index < 0 || index >= size())
    throw IndexError(fmt::format("get: index {} is out of range for {} examples", index, size()));
  return {inputs_.alias(inputs_.layout().select("get", 0, index)),
          targets_.alias(targets_.layout().select("get", 0, index))};
}

Batch TensorDataset::get_batch(std::span<const std::int64_t> indices) const {
  for (const std::int64_t index : indices)
    if (index < 0 || index >= size())
      throw IndexError(fmt::format("get_batch: index {} is out of range for {} examples", index, size()));
  return {gather(inputs_, indices), gather(targets_, indices)};
}

}  // namespace taper::data
