// Metric: a number about a model's predictions, gathered batch by batch. Derive from it to define your own.
#pragma once

#include <string>

#include <taper/tensor/named_tensors.h>

namespace taper::train {

/// A streaming metric: update() takes the predictions of a batch, result() is the value over all since
/// reset(). Numbers are Keras's. A metric holds sums in float64, so that the order of batches changes the
/// last digits alone.
class Metric {
 public:
  explicit Metric(std::string name) : name_(std::move(name)) {}
  virtual ~Metric() = default;

  /// The name in logs, as "accuracy".
  const std::string& name() const noexcept { return name_; }
  /// Takes a batch: its predictions, targets and, if defined, one weight of each example.
  virtual void update(const Tensor& predictions, const Tensor& targets, const Tensor& weights = {}) = 0;
  /// The value so far: 0 of nothing, as Keras has it.
  virtual double result() const = 0;
  /// Forgets all batches.
  virtual void reset() = 0;
  /// What update() gathered, for a checkpoint; and the way back.
  virtual NamedTensors state_dict() const = 0;
  virtual void load_state_dict(const NamedTensors& state) = 0;

 private:
  std::string name_;
};

}  // namespace taper::train
