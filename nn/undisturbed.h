// Evaluation of a module for a while, and a look at it that leaves no trace.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include <taper/nn/module.h>

namespace taper::nn::detail {

/// Switches a module and its descendants to evaluation mode until the end of the scope; then restores the
/// mode of each.
class EvaluationMode {
 public:
  explicit EvaluationMode(Module& module);
  EvaluationMode(const EvaluationMode&) = delete;
  EvaluationMode& operator=(const EvaluationMode&) = delete;
  ~EvaluationMode();

 private:
  std::vector<std::pair<Module*, bool>> before_;
};

/// The same, and restores the position of the default generator, too.
class Undisturbed {
 public:
  explicit Undisturbed(Module& module);
  Undisturbed(const Undisturbed&) = delete;
  Undisturbed& operator=(const Undisturbed&) = delete;
  ~Undisturbed();

 private:
  EvaluationMode mode_;
  std::uint64_t position_;
};

}  // namespace taper::nn::detail
