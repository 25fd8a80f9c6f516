// SignDescent.
#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/math.h>
#include <taper/optim/rules/sign_descent.h>

namespace taper::optim {

Fields fields(SignDescentOptions& options) { return {{"momentum", &options.momentum, range::fraction}}; }

Tensor SignDescent::update(const Tensor& parameter, const Tensor& gradient, Step& at) {
  Tensor& momentum = at.slots["momentum"];
  momentum = options_.momentum * momentum + (1 - options_.momentum) * gradient;
  return parameter - at.learning_rate * sign(momentum);
}

}  // namespace taper::optim
