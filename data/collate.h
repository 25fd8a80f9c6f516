// Collate: how the examples of a batch are put together.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <taper/data/dataset.h>
#include <taper/tensor/function.h>

namespace taper::data {

/// Makes a batch of one or more examples. Workers call it at the same time.
using Collate = Function<Batch(std::span<const Example> examples)>;

/// Stacks the examples along a new first axis: what a DataLoader does unless told otherwise. Throws
/// ShapeError or DTypeError if they have different shapes or dtypes; ValueError if there are none, or if an
/// example has no tensors, an undefined tensor or a different number of tensors than the first one.
Batch stack(std::span<const Example> examples);

/// Options of pad().
struct PadOptions {
  /// Which tensors of an example are sequences; the others are stacked.
  std::vector<std::int64_t> tensors = {0};
  /// What the sequences are filled up with: one number for all, or one for each of `tensors`.
  std::vector<double> values = {0};
  /// Whether the batch gets, behind its other tensors, the lengths of the sequences: int64 [examples] for
  /// each of `tensors`.
  bool lengths = false;
};

/// Sequences of different lengths (tensors that differ along their first axis) are filled up at their ends,
/// so that all are as long as the longest of the batch, and then stacked:
///
///     data::DataLoader loader(sentences, {.batch_size = 32, .collate = data::pad({.lengths = true})});
///
/// It throws like stack(); also ShapeError for a sequence that is a scalar, IndexError if an example has too
/// few tensors, and ValueError if the dtype cannot hold the value. pad() itself throws ValueError if
/// `tensors` has a negative number or one twice, or if the number of values is neither 1 nor theirs.
Collate pad(PadOptions options = {});

}  // namespace taper::data
