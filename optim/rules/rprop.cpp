// Rprop.
#include <cmath>

#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/math.h>
#include <taper/optim/rules/rprop.h>

namespace taper::optim {
namespace {

constexpr Range less{[](double x) { return x > 0 && x < 1; }, "in (0, 1)"};
constexpr Range more{[](double x) { return x > 1 && range::is_finite(x); }, "> 1 and finite"};

}  // namespace

Fields fields(RpropOptions& options) {
  return {{"eta_minus", &options.eta_minus, less},
          {"eta_plus", &options.eta_plus, more},
          {"step_size_min", &options.step_size_min, range::positive},
          {"step_size_max", &options.step_size_max, range::positive}};
}

bool Rprop::declare(Step& at) {
  at.slots["previous"];
  at.slots["step_size"];
  return true;
}

Tensor Rprop::update(const Tensor& w, const Tensor& g, Step& at) {
  Tensor &previous = at.slots["previous"], &size = at.slots["step_size"];
  const Tensor same = g * previous, before = where(size == 0, at.learning_rate, size);
  const Tensor changed =
      where(same > 0, before * options_.eta_plus, where(same < 0, before * options_.eta_minus, before));
  size = taper::clip(changed, options_.step_size_min, options_.step_size_max);
  previous = where(same < 0, 0, g);
  return w - where(previous > 0, size, where(previous < 0, -size, 0));  // 0 for NaN
}

}  // namespace taper::optim
