// Dataset: where examples come from. Derive from it to bring your own.
#pragma once

#include <cstdint>
#include <span>

#include <taper/tensor/tensor.h>

namespace taper::data {

/// One input with what it should give. The target may be undefined where there is none.
struct Example {
  Tensor input;
  Tensor target;
};

/// Examples stacked along a new first axis.
struct Batch {
  Tensor inputs;
  Tensor targets;
};

/// A finite, indexed collection of examples.
///
///     struct Squares : data::Dataset {
///       std::int64_t size() const override { return 100; }
///       data::Example get(std::int64_t i) const override { return {scalar(i), scalar(i * i)}; }
///     };
///
/// DataLoader calls it from a thread of its own: what get and get_batch change needs a lock, if others use it
/// at the same time.
class Dataset {
 public:
  virtual ~Dataset() = default;
  /// The number of examples.
  virtual std::int64_t size() const = 0;
  /// Example `index`, from 0 to size() - 1.
  virtual Example get(std::int64_t index) const = 0;
  /// The examples of these indices as one batch. Stacks what get() returns; override it where a batch can be
  /// made faster. Throws ShapeError or DTypeError unless the examples agree, ValueError without indices.
  virtual Batch get_batch(std::span<const std::int64_t> indices) const;
};

}  // namespace taper::data
