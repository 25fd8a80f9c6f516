// Adafactor.
#include <algorithm>
#include <cmath>
#include <vector>

#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/math.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/autograd/ops/shape.h>
#include <taper/optim/rules/adafactor.h>

namespace taper::optim {

Fields fields(AdafactorOptions& options) {
  return {{"beta_2_decay", &options.beta_2_decay, range::not_positive},
          {"epsilon_1", &options.epsilon_1, range::not_negative},
          {"epsilon_2", &options.epsilon_2, range::not_negative},
          {"clip_threshold", &options.clip_threshold, range::positive},
          {"relative_step", &options.relative_step}};
}

// Keras stores the slots r and c for all parameters, as scalars where they are not used.
bool Adafactor::declare(Step& at) {
  const Shape& shape = at.parameter.shape();
  const auto without = [&](int axis) {
    std::vector<std::int64_t> rest(shape.begin(), shape.end());
    if (shape.rank() < 2) return Shape();
    rest.erase(rest.end() - axis);
    return Shape(rest);
  };
  at.slots.get("r", without(1), 0);
  at.slots.get("c", without(2), 0);
  at.slots["velocity"];
  return true;
}

Tensor Adafactor::update(const Tensor& w, const Tensor& g, Step& at) {
  struct {
    double rate, keep, rest;
  } now = visit_floating(w.dtype(), [&]<class T>() {
    const T t = static_cast<T>(iterations() + 1), rate = static_cast<T>(at.learning_rate);
    const T keep = 1 - std::pow(t, static_cast<T>(options_.beta_2_decay));
    return decltype(now){std::min(rate, 1 / std::sqrt(t)), keep, 1 - keep};
  });
  const auto average = [&](Tensor& mean, const Tensor& x) { mean = mean * now.keep + x * now.rest; };
  const auto rms = [](const Tensor& x) { return sqrt(mean(square(x))); };

  Slots& slots = at.slots;
  if (slots.find("velocity") == nullptr) declare(at);
  const Tensor squares = square(g) + options_.epsilon_1;
  if (w.rank() >= 2) {
    Tensor &r = slots["r"], &c = slots["c"];
    average(r, mean(squares, {-1}));
    average(c, mean(squares, {-2}));
    slots["velocity"] = unsqueeze(r / mean(r, {-1}, true), -1) * unsqueeze(c, -2);
  } else {
    average(slots["velocity"], squares);
  }
  const Tensor step = g / sqrt(slots["velocity"]);
  return w - maximum(rms(w), options_.epsilon_2) * now.rate *
                 (step / maximum(rms(step) / options_.clip_threshold, 1));
}

}  // namespace taper::optim
