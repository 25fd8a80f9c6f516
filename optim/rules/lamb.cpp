// Lamb.
#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/math.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/optim/generation.h>
#include <taper/optim/rules/lamb.h>

namespace taper::optim {

Fields fields(LambOptions& options) {
  return {{"beta_1", &options.beta_1, range::fraction},
          {"beta_2", &options.beta_2, range::fraction},
          {"epsilon", &options.epsilon, range::not_negative}};
}

bool Lamb::declare(Step& at) {
  at.slots["momentum"];
  at.slots["velocity"];
  return true;
}

Tensor Lamb::update(const Tensor& w, const Tensor& g, Step& at) {
  Tensor &m = at.slots["momentum"], &v = at.slots["velocity"];
  const auto corrected = [&](const Tensor& x, double beta) {
    return x / bias_correction(beta, iterations() + 1, w.dtype());
  };
  m = m + (g - m) * (1 - options_.beta_1);
  v = v + (square(g) - v) * (1 - options_.beta_2);
  const Tensor step =
      corrected(m, options_.beta_1) / (sqrt(corrected(v, options_.beta_2)) + options_.epsilon);
  const auto norm = [](const Tensor& x) { return sqrt(sum(square(x))); };
  const Tensor size = norm(w), length = norm(step);
  const Tensor ratio = where((size > 0) & (length > 0), size / length, 1);
  return w - ratio * at.learning_rate * step;
}

}  // namespace taper::optim
