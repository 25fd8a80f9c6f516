// LambdaOptimizer.
#include <taper/optim/lambda_optimizer.h>
#include <taper/tensor/error.h>

namespace taper::optim {

LambdaOptimizer::LambdaOptimizer(const Parameters& parameters, Rule rule, const OptimizerOptions& options)
    : Optimizer(parameters, options, "LambdaOptimizer"), rule_(std::move(rule)) {
  if (!rule_) throw ValueError("LambdaOptimizer: the rule is an empty function");
}

Tensor LambdaOptimizer::update(const Tensor& parameter, const Tensor& gradient, Step& at) {
  return rule_(parameter, gradient, at);
}

}  // namespace taper::optim
