// Dataset: the interface of all datasets. Derive from it to define your own.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <taper/data/randomness.h>
#include <taper/tensor/tensor.h>

namespace taper::data {

/// The tensors of one example, for instance an image and its label.
using Example = std::vector<Tensor>;
/// The tensors of several examples, stacked along a new first axis: for instance images and labels.
using Batch = std::vector<Tensor>;

/// A finite, indexed collection of examples.
///
///     struct Squares : data::Dataset {
///       std::int64_t size() const override { return 100; }
///       data::Example get(std::int64_t i, Generator& generator) const override {
///         return {scalar(i) + normal({}, 0, 0.1, float32, generator), scalar(i * i)};
///       }
///     };
///
/// Random numbers for an example must come from the generator that get() receives. They then depend only on
/// the seed, the epoch and the index, not on the order or the thread in which examples are prepared.
/// DataLoader calls get() and get_batch() on its workers, where the default generator throws. If they change
/// data that other threads use at the same time, they must lock.
class Dataset {
 public:
  virtual ~Dataset() = default;
  /// The number of examples.
  virtual std::int64_t size() const = 0;
  /// The example at `index`, which is from 0 to size() - 1. `generator` belongs to this example.
  virtual Example get(std::int64_t index, Generator& generator) const = 0;
  /// The examples at these indices as one batch. By default it calls get() for each index, with the generator
  /// of the index from `randomness`, and stacks the results; override it if a batch can be made faster.
  /// Throws ShapeError or DTypeError if the examples have different shapes or dtypes; ValueError if there are
  /// no indices, or if an example has no tensors, an undefined tensor or a different number of tensors than
  /// the first one.
  virtual Batch get_batch(std::span<const std::int64_t> indices, const Randomness& randomness) const;
  /// Whether examples have random numbers. If false, those that are asked for under other indices, as by
  /// Subset, come from get_batch().
  virtual bool is_random() const { return true; }
};

}  // namespace taper::data
