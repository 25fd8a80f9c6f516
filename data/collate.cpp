// Collate: stacks examples, and fills sequences up.
#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include <taper/data/collate.h>
#include <taper/data/rows.h>
#include <taper/tensor/create.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>

namespace taper::data {
namespace {

using Sequences = std::vector<Tensor>;  // one of each example

// Tensor `number` of each example.
Sequences sequences_of(std::span<const Example> examples, std::size_t number) {
  Sequences sequences;
  sequences.reserve(examples.size());
  for (std::size_t row = 0; row < examples.size(); ++row) {
    if (number >= examples[row].size())
      throw IndexError(fmt::format("pad: expected a sequence as tensor {} of example {}, got {} tensors",
                                   number, row, examples[row].size()));
    const Tensor& sequence = examples[row][number];
    if (!sequence.defined())
      throw ValueError(fmt::format("pad: tensor {} of example {} is undefined", number, row));
    const Tensor& first = sequences.empty() ? sequence : sequences[0];
    if (sequence.dtype() != first.dtype())
      throw DTypeError(
          fmt::format("pad: tensor {} of example {} has dtype {}, but in the first example it has {}", number,
                      row, name(sequence.dtype()), name(first.dtype())));
    const auto differs = [&] {
      for (int axis = 1; axis < first.rank(); ++axis)
        if (sequence.shape()[axis] != first.shape()[axis]) return true;
      return false;
    };
    if (sequence.rank() == 0 || sequence.rank() != first.rank() || differs())
      throw ShapeError(fmt::format(
          "pad: expected sequences that differ along their first axis, got shape {} for tensor {} of example "
          "{} and {} for the first example",
          to_string(sequence.shape()), number, row, to_string(first.shape())));
    sequences.push_back(compute::contiguous(sequence));
  }
  return sequences;
}

Tensor fill_up(const Sequences& sequences, double value) {
  Shape shape = sequences[0].shape();
  for (const Tensor& sequence : sequences) shape[0] = std::max(shape[0], sequence.shape()[0]);
  shape.insert(0, static_cast<std::int64_t>(sequences.size()));
  Tensor result = full(shape, value, sequences[0].dtype());
  std::byte* out = static_cast<std::byte*>(result.mutable_raw());
  const std::size_t row =
      static_cast<std::size_t>(result.numel() * size_of(result.dtype())) / sequences.size();
  for (const Tensor& sequence : sequences) {
    std::memcpy(out, sequence.raw(), static_cast<std::size_t>(sequence.numel() * size_of(sequence.dtype())));
    out += row;
  }
  return result;
}

Tensor lengths_of(const Sequences& sequences) {
  Tensor lengths = Tensor::empty({static_cast<std::int64_t>(sequences.size())}, DType::int64);
  std::int64_t* out = lengths.mutable_data<std::int64_t>();
  for (const Tensor& sequence : sequences) *out++ = sequence.shape()[0];
  return lengths;
}

// The examples without the sequences, stacked.
Batch stack_others(std::span<const Example> examples, const std::vector<std::int64_t>& sequences) {
  Rows rows("pad", examples.size());
  for (std::size_t row = 0; row < examples.size(); ++row) {
    Example others;
    for (std::size_t i = 0; i < examples[row].size(); ++i)
      if (std::find(sequences.begin(), sequences.end(), static_cast<std::int64_t>(i)) == sequences.end())
        others.push_back(examples[row][i]);
    if (!others.empty()) rows.add(others, static_cast<std::int64_t>(row));
  }
  return std::move(rows.batch());
}

}  // namespace

Batch stack(std::span<const Example> examples) {
  if (examples.empty()) throw ValueError("stack: expected at least one example, got none");
  Rows rows("stack", examples.size());
  for (std::size_t row = 0; row < examples.size(); ++row)
    rows.add(examples[row], static_cast<std::int64_t>(row));
  return std::move(rows.batch());
}

Collate pad(PadOptions options) {
  std::vector<std::int64_t> order = options.tensors;
  std::sort(order.begin(), order.end());
  if (order.empty() || order[0] < 0 || std::adjacent_find(order.begin(), order.end()) != order.end())
    throw ValueError(fmt::format("pad: expected numbers of tensors, each once, got [{}]",
                                 fmt::join(options.tensors, ", ")));
  if (options.values.size() != 1 && options.values.size() != options.tensors.size())
    throw ValueError(fmt::format("pad: expected one value or one for each of {} tensors, got {}",
                                 options.tensors.size(), options.values.size()));
  return [options, order](std::span<const Example> examples) {
    if (examples.empty()) throw ValueError("pad: expected at least one example, got none");
    std::vector<Sequences> sequences;
    for (const std::int64_t number : options.tensors)
      sequences.push_back(sequences_of(examples, static_cast<std::size_t>(number)));
    for (std::size_t row = 0; row < examples.size(); ++row)
      if (examples[row].size() != examples[0].size())
        throw ValueError(fmt::format("pad: example {} has {} tensors, but the first example has {}", row,
                                     examples[row].size(), examples[0].size()));
    Batch batch = stack_others(examples, options.tensors);
    for (const std::int64_t number : order) {
      const auto i = static_cast<std::size_t>(
          std::find(options.tensors.begin(), options.tensors.end(), number) - options.tensors.begin());
      const double value = options.values[options.values.size() == 1 ? 0 : i];
      batch.insert(batch.begin() + number, fill_up(sequences[i], value));
    }
    if (options.lengths)
      for (const Sequences& each : sequences) batch.push_back(lengths_of(each));
    return batch;
  };
}

}  // namespace taper::data
