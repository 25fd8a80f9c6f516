// Adafactor.
#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/math.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/autograd/ops/shape.h>
#include <taper/optim/adafactor.h>

namespace taper::optim {

Fields fields(AdafactorOptions& options) {
  return {{"beta_2_decay", &options.beta_2_decay, range::not_positive},
          {"epsilon_1", &options.epsilon_1, range::not_negative},
          {"epsilon_2", &options.epsilon_2, range::not_negative},
          {"clip_threshold", &options.clip_threshold, range::positive},
          {"relative_step", &options.relative_step}};
}

Tensor Adafactor::update(const Tensor& w, const Tensor& g, Slots& slots) {
  struct {
    double rate, keep, rest;
  } now = visit_floating(w.dtype(), [&]<class T>() {
    const T t = static_cast<T>(iterations() + 1), rate = static_cast<T>(learning_rate());
    const T keep = 1 - std::pow(t, static_cast<T>(options_.beta_2_decay));
    return decltype(now){std::min(rate, 1 / std::sqrt(t)), keep, 1 - keep};
  });
  const auto average = [&](Tensor& mean, const Tensor& x) { mean = mean * now.keep + x * now.rest; };
  const auto rms = [](const Tensor& x) { return sqrt(mean(square(x))); };

  const Tensor squares = square(g) + options_.epsilon_1;
  const Shape& shape = w.shape();
  if (const int rank = shape.rank(); rank >= 2) {
    std::vector<std::int64_t> columns(shape.begin(), shape.end());
    columns.erase(columns.end() - 2);
    Tensor& r = slots.get("r", Shape(std::span(shape.begin(), shape.end() - 1)), 0);
    Tensor& c = slots.get("c", Shape(columns), 0);
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
