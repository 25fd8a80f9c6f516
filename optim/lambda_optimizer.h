// LambdaOptimizer: an optimizer whose rule is any function, for experiments.
#pragma once

#include <taper/optim/optimizer.h>
#include <taper/tensor/function.h>

namespace taper::optim {

/// Changes each parameter by a function of the parameter, its gradient and the step's state, which returns
/// the new value. All else is the base class's.
///
///     optim::LambdaOptimizer optimizer(model.parameters(), [](auto& w, auto& g, optim::Step& at) {
///       Tensor& momentum = at.slots["momentum"];
///       momentum = 0.9 * momentum + g;
///       return w - at.learning_rate * momentum;
///     });
///
/// It has a state_dict(), but no serialize(): a function can't be written down.
class LambdaOptimizer : public Optimizer {
 public:
  using Rule = Function<Tensor(const Tensor& parameter, const Tensor& gradient, Step& at)>;

  /// Throws ValueError, besides the base class's, for an empty function.
  LambdaOptimizer(const Parameters& parameters, Rule rule, const OptimizerOptions& options = {});

 private:
  Tensor update(const Tensor& parameter, const Tensor& gradient, Step& at) override;
  Rule rule_;
};

}  // namespace taper::optim
