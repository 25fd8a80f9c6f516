// Trainer: the loop of training, in Keras's terms: fit, evaluate, predict.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <taper/data/data_loader.h>
#include <taper/nn/module.h>
#include <taper/optim/optimizer.h>
#include <taper/tensor/function.h>
#include <taper/train/callback.h>
#include <taper/train/metric.h>

namespace taper::train {

/// The loss of outputs and targets: a scalar, or, for weights of examples, one value an example.
using Loss = Function<Tensor(const Tensor& output, const Tensor& target)>;

/// The values of each epoch, by name: history["loss"][epoch].
class History {
 public:
  /// Throws IndexError, which lists the names there are.
  const std::vector<double>& operator[](const std::string& name) const;
  const std::vector<std::pair<std::string, std::vector<double>>>& all() const noexcept { return values_; }
  void append(const Logs& logs);

 private:
  std::vector<std::pair<std::string, std::vector<double>>> values_;
};

class Trainer {
 public:
  nn::Module& model() const noexcept;
  optim::Optimizer& optimizer() const noexcept;
  /// The epoch that runs, and how many there are to be.
  std::int64_t epoch() const noexcept;
  std::int64_t epochs() const noexcept;
  /// The number of all steps so far, and of those of an epoch: 0 if not known.
  std::int64_t step() const noexcept;
  std::int64_t steps_per_epoch() const noexcept;
  /// The batch and the output of the model that on_batch_end() follows.
  const data::Batch& batch() const noexcept;
  const Tensor& output() const noexcept;
  const History& history() const noexcept;
  /// The training ends after this epoch.
  void stop() noexcept;
};

}  // namespace taper::train
