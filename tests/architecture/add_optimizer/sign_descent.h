// SignDescent: steps of one size. A test adds it to the library: see CMakeLists.txt.
#pragma once

#include <taper/optim/optimizer.h>

namespace taper::optim {

struct SignDescentOptions {
  static constexpr const char* class_name = "SignDescent";
  static constexpr const char* module = "taper.optim";
  LearningRate learning_rate = 0.01;
  /// In [0, 1).
  double momentum = 0.9;
  TAPER_OPTIMIZER_OPTIONS;
};
Fields fields(SignDescentOptions& options);

/// m = momentum * m + (1 - momentum) * g, w -= learning_rate * sign(m). Slot: momentum.
class SignDescent : public OptimizerWith<SignDescentOptions> {
 public:
  using OptimizerWith::OptimizerWith;

 private:
  Tensor update(const Tensor& parameter, const Tensor& gradient, Step& at) override;
};

}  // namespace taper::optim
