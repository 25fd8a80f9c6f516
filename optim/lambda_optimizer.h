// LambdaOptimizer: an optimizer whose rule is any function, for experiments.
#pragma once

#include <taper/optim/optimizer.h>
#include <taper/tensor/function.h>

namespace taper::optim {

/// Updates each parameter with a function of the parameter, its gradient and its slots, which returns the new
/// value; the learning rate of the step may be a fourth argument. Everything else comes from the base class.
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
  /// The same for a rule without the learning rate.
  template <class ShortRule>
  requires(std::is_invocable_r_v<Tensor, ShortRule&, const Tensor&, const Tensor&, Slots&> &&
           !std::convertible_to<ShortRule, Rule>)
      LambdaOptimizer(const Parameters& parameters, ShortRule rule, const OptimizerOptions& options = {})
      : LambdaOptimizer(parameters,
                        Rule([rule = std::move(rule)](const Tensor& parameter, const Tensor& gradient,
                                                      Slots& slots, double) mutable -> Tensor {
                          return rule(parameter, gradient, slots);
                        }),
                        options) {}

 private:
  Tensor update(const Tensor& parameter, const Tensor& gradient, Step& at) override;
  Rule rule_;
};

}  // namespace taper::optim
