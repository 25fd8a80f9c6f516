// Dataset: stacks single examples into a batch.
#include <cstring>

#include <fmt/format.h>

#include <taper/data/dataset.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>

namespace taper::data {
namespace {

// Uninitialized tensors for `count` examples with the shapes and dtypes of this one.
Batch room_for(const Example& example, std::size_t count) {
  Batch batch;
  for (const Tensor& tensor : example) {
    Shape shape = tensor.shape();
    shape.insert(0, static_cast<std::int64_t>(count));
    batch.push_back(Tensor::empty(shape, tensor.dtype()));
  }
  return batch;
}

// Copies `tensor`, tensor `number` of the example at `index`, to row `row` of the batch.
void place(Tensor& rows, std::size_t row, const Tensor& tensor, std::size_t number, std::int64_t index) {
  Shape expected = rows.shape();
  expected.erase(0);
  if (tensor.shape() != expected)
    throw ShapeError(
        fmt::format("get_batch: tensor {} of example {} has shape {}, but in the first example it has {}",
                    number, index, to_string(tensor.shape()), to_string(expected)));
  if (tensor.dtype() != rows.dtype())
    throw DTypeError(
        fmt::format("get_batch: tensor {} of example {} has dtype {}, but in the first example it has {}",
                    number, index, name(tensor.dtype()), name(rows.dtype())));
  const std::size_t bytes = static_cast<std::size_t>(tensor.numel() * size_of(tensor.dtype()));
  std::memcpy(static_cast<std::byte*>(rows.mutable_raw()) + row * bytes, compute::contiguous(tensor).raw(),
              bytes);
}

}  // namespace

Batch Dataset::get_batch(std::span<const std::int64_t> indices, const Randomness& randomness) const {
  if (indices.empty()) throw ValueError("get_batch: expected at least one index, got none");
  Batch batch;
  for (std::size_t row = 0; row < indices.size(); ++row) {
    const std::int64_t index = indices[row];
    Generator generator = randomness.generator(index);
    const Example example = get(index, generator);
    if (example.empty()) throw ValueError(fmt::format("get_batch: example {} has no tensors", index));
    for (std::size_t i = 0; i < example.size(); ++i)
      if (!example[i].defined())
        throw ValueError(fmt::format("get_batch: tensor {} of example {} is undefined", i, index));
    if (row == 0) batch = room_for(example, indices.size());
    if (example.size() != batch.size())
      throw ValueError(fmt::format("get_batch: example {} has {} tensors, but the first example has {}",
                                   index, example.size(), batch.size()));
    for (std::size_t i = 0; i < example.size(); ++i) place(batch[i], row, example[i], i, index);
  }
  return batch;
}

}  // namespace taper::data
