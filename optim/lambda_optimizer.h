// LambdaOptimizer: an optimizer whose rule is any function, for experiments.
#pragma once

#include <taper/optim/optimizer.h>
#include <taper/tensor/function.h>

namespace taper::optim {

/// Updates each parameter with a function of the parameter, its gradient and the state of the step, which
/// returns the new value. Everything else comes from the base class.
///
///     optim::LambdaOptimizer optimizer(model.parameters(), [](auto& w, auto& g, optim::Step& at) {
///       Tensor& momentum = at.slots["momentum"];
///       momentum = 0.9 * momentum + g;
///       return w - at.learning_rate * momentum;
///     });
///
/// It supports state_dict() but not serialize(), because a function cannot be stored as JSON.
class LambdaOptimizer : public Optimizer {
 public:
  using Rule = Function<Tensor(const Tensor& parameter, const Tensor& gradient, Step& at)>;

  /// Throws what the base class throws, and ValueError for an empty function.
  LambdaOptimizer(const Parameters& parameters, Rule rule, const OptimizerOptions& options = {});

 private:
  Tensor update(const Tensor& parameter, const Tensor& gradient, Step& at) override;
  Rule rule_;
};

}  // namespace taper::optim
