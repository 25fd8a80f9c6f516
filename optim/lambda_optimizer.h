// LambdaOptimizer: an optimizer whose rule is any function, for experiments.
#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include <taper/optim/optimizer.h>
#include <taper/tensor/function.h>

namespace taper::optim {

/// Changes each parameter by a function of the parameter, its gradient and its slots, which returns the new
/// value; it may take the learning rate of the step as a fourth argument. All else is the base class's.
///
///     optim::LambdaOptimizer optimizer(model.parameters(), [](auto& w, auto& g, auto& slots, double rate) {
///       Tensor& momentum = slots["momentum"];
///       momentum = 0.9 * momentum + g;
///       return w - rate * momentum;
///     });
///
/// It has a state_dict(), but no serialize(): a function can't be written down.
class LambdaOptimizer : public Optimizer {
 public:
  using Rule =
      Function<Tensor(const Tensor& parameter, const Tensor& gradient, Slots& slots, double learning_rate)>;

  /// Throws ValueError, besides the base class's, for an empty function.
  LambdaOptimizer(const Parameters& parameters, Rule rule, const OptimizerOptions& options = {});
  /// The same for a rule that takes no learning rate.
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
  Tensor update(const Tensor& parameter, const Tensor& gradient, Slots& slots) override;
  Rule rule_;
};

}  // namespace taper::optim
