// Dataset: stacks single examples into a batch.
#include <cstring>

#include <fmt/format.h>

#include <taper/data/dataset.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>

namespace taper::data {
namespace {

// Row `row` of `count` becomes a copy of `example`; the first one decides shape and dtype.
void place(Tensor& batch, const Tensor& example, const char* what, std::size_t row, std::size_t count,
           std::int64_t index) {
  if (row == 0 && example.defined()) {
    Shape shape = example.shape();
    shape.insert(0, static_cast<std::int64_t>(count));
    batch = Tensor::empty(shape, example.dtype());
  }
  if (batch.defined() != example.defined())
    throw ValueError(
        fmt::format("get_batch: some examples have {}, others have none (see index {})", what, index));
  if (!batch.defined()) return;
  Shape expected = batch.shape();
  expected.erase(0);
  if (example.shape() != expected)
    throw ShapeError(fmt::format("get_batch: the {} of example {} has shape {}, those before have {}", what,
                                 index, to_string(example.shape()), to_string(expected)));
  if (example.dtype() != batch.dtype())
    throw DTypeError(fmt::format("get_batch: the {} of example {} has dtype {}, those before have {}", what,
                                 index, name(example.dtype()), name(batch.dtype())));
  const std::size_t bytes = static_cast<std::size_t>(example.numel() * size_of(example.dtype()));
  std::memcpy(static_cast<std::byte*>(batch.mutable_raw()) + row * bytes, compute::contiguous(example).raw(),
              bytes);
}

}  // namespace

Batch Dataset::get_batch(std::span<const std::int64_t> indices) const {
  if (indices.empty()) throw ValueError("get_batch: at least one index is wanted");
  Batch batch;
  for (std::size_t row = 0; row < indices.size(); ++row) {
    const Example example = get(indices[row]);
    place(batch.inputs, example.input, "input", row, indices.size(), indices[row]);
    place(batch.targets, example.target, "target", row, indices.size(), indices[row]);
  }
  return batch;
}

}  // namespace taper::data
