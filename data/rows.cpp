// Rows: checks each example against the first, and copies it.
#include <cstring>

#include <fmt/format.h>

#include <taper/data/rows.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>

namespace taper::data {
namespace {

// Uninitialized tensors for `count` examples with the shapes and dtypes of this one.
Batch room_for(const Example& example, std::size_t count) {
  Batch batch;
  batch.reserve(example.size());
  for (const Tensor& tensor : example) {
    Shape shape = tensor.shape();
    shape.insert(0, static_cast<std::int64_t>(count));
    batch.push_back(Tensor::empty(shape, tensor.dtype()));
  }
  return batch;
}

}  // namespace

// Copies a tensor, number `number` of the example at `index`, to the current row of the batch.
void Rows::place(std::size_t number, const Tensor& tensor, std::int64_t index) {
  Tensor& rows = batch_[number];
  Shape expected = rows.shape();
  expected.erase(0);
  if (tensor.shape() != expected)
    throw ShapeError(
        fmt::format("{}: tensor {} of example {} has shape {}, but in the first example it has {}", function_,
                    number, index, to_string(tensor.shape()), to_string(expected)));
  if (tensor.dtype() != rows.dtype())
    throw DTypeError(
        fmt::format("{}: tensor {} of example {} has dtype {}, but in the first example it has {}", function_,
                    number, index, name(tensor.dtype()), name(rows.dtype())));
  const std::size_t bytes = static_cast<std::size_t>(tensor.numel() * size_of(tensor.dtype()));
  std::memcpy(static_cast<std::byte*>(rows.mutable_raw()) + row_ * bytes, compute::contiguous(tensor).raw(),
              bytes);
}

void Rows::add(const Example& example, std::int64_t index) {
  if (example.empty()) throw ValueError(fmt::format("{}: example {} has no tensors", function_, index));
  for (std::size_t i = 0; i < example.size(); ++i)
    if (!example[i].defined())
      throw ValueError(fmt::format("{}: tensor {} of example {} is undefined", function_, i, index));
  if (row_ == 0) batch_ = room_for(example, count_);
  if (example.size() != batch_.size())
    throw ValueError(fmt::format("{}: example {} has {} tensors, but the first example has {}", function_,
                                 index, example.size(), batch_.size()));
  for (std::size_t i = 0; i < example.size(); ++i) place(i, example[i], index);
  ++row_;
}

}  // namespace taper::data
