// History: what a training has reached, epoch by epoch.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <taper/train/callback.h>

namespace taper::training {

/// The values of each epoch, by name: history["loss"][epoch].
class History {
 public:
  /// Throws IndexError, which lists the names there are.
  const std::vector<double>& operator[](const std::string& name) const;
  const std::vector<std::pair<std::string, std::vector<double>>>& all() const noexcept { return values_; }
  /// Adds an epoch.
  void append(const Logs& logs);

  /// For a checkpoint: a float64 tensor [epochs] of each name; and the way back. Throws DTypeError or
  /// ShapeError for other tensors, ValueError for a name that is given twice.
  NamedTensors state_dict() const;
  void load_state_dict(const NamedTensors& state);

 private:
  std::vector<std::pair<std::string, std::vector<double>>> values_;
};

}  // namespace taper::training
