// Metric: a number about a model's predictions, gathered batch by batch. Derive from it to define your own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <taper/tensor/named_tensors.h>

namespace taper::training {

/// A streaming metric: update() takes the predictions of a batch, result() is the value over all since
/// reset(). Numbers are Keras's. What it gathers are sums in float64, so that the order of batches changes
/// the last digits alone, and a checkpoint holds them without more:
///
///     struct LargestError : training::Metric {
///       LargestError() : Metric("largest_error", {{"largest"}}) {}
///       void update(const Tensor& predictions, const Tensor& targets, const Tensor& = {}) override {
///         double& largest = sums(0)[0];
///         largest = std::max(largest, max(abs(predictions - targets)).item<double>());
///       }
///       double result() const override { return sums(0)[0]; }
///     };
class Metric {
 public:
  virtual ~Metric() = default;

  /// The name in logs, as "accuracy".
  const std::string& name() const noexcept { return name_; }
  /// Takes a batch: its predictions, targets and, if defined, one weight of each example.
  virtual void update(const Tensor& predictions, const Tensor& targets, const Tensor& weights = {}) = 0;
  /// The value so far: 0 of nothing, as Keras has it.
  virtual double result() const = 0;
  /// All values, float64, of a metric that has several, one for each class or threshold say; else result().
  virtual Tensor value() const;
  /// Forgets all batches.
  virtual void reset();
  /// What update() gathered, for a checkpoint, float64; and the way back, which throws ValueError,
  /// ShapeError or DTypeError for another state than that of a metric like this one.
  virtual NamedTensors state_dict() const;
  virtual void load_state_dict(const NamedTensors& state);

 protected:
  /// Numbers that begin with 0. Their count is 0 if only the first batch tells it: see grow().
  struct Sums {
    std::string name;
    std::int64_t count = 1;
    std::vector<double> values = std::vector<double>(static_cast<std::size_t>(count));
  };

  explicit Metric(std::string name, std::vector<Sums> sums = {})
      : name_(std::move(name)), sums_(std::move(sums)) {}

  std::vector<double>& sums(std::size_t which) { return sums_.at(which).values; }
  const std::vector<double>& sums(std::size_t which) const { return sums_.at(which).values; }
  /// Gives those sums their count whose count the first batch tells. Throws ShapeError if they have another
  /// one from an earlier batch.
  void grow(std::int64_t count);

 private:
  std::string name_;
  std::vector<Sums> sums_;
};

}  // namespace taper::training
