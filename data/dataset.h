// Dataset: where examples come from. Derive from it to bring your own.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <taper/data/randomness.h>
#include <taper/tensor/tensor.h>

namespace taper::data {

/// The tensors of one example: an image and its label, or as many as the dataset has.
using Example = std::vector<Tensor>;
/// The tensors of several examples, each stacked along a new first axis: images and labels.
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
/// What is random in an example is drawn from the generator that comes with its index, and so is the same
/// for a seed and an epoch however the examples are prepared. DataLoader calls get_batch from another thread
/// and refuses the default generator in it: what get and get_batch change needs a lock, if others use it at
/// the same time.
class Dataset {
 public:
  virtual ~Dataset() = default;
  /// The number of examples.
  virtual std::int64_t size() const = 0;
  /// Example `index`, from 0 to size() - 1.
  virtual Example get(std::int64_t index, Generator& generator) const = 0;
  /// The examples of these indices as one batch. Stacks what get() returns, each with its generator of
  /// `randomness`; override it where a batch can be made faster. Throws ShapeError or DTypeError unless the
  /// examples agree; ValueError without indices, if an example has no tensors, an undefined one or another
  /// number of them than those before.
  virtual Batch get_batch(std::span<const std::int64_t> indices, const Randomness& randomness) const;
};

}  // namespace taper::data
