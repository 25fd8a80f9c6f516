// ASGD.
#include <algorithm>
#include <cmath>

#include <taper/autograd/ops/arithmetic.h>
#include <taper/optim/rules/asgd.h>
#include <taper/tensor/create.h>

namespace taper::optim {

Fields fields(ASGDOptions& options) {
  return {{"lambd", &options.lambd, range::not_negative},
          {"alpha", &options.alpha, range::not_negative},
          {"t0", &options.t0, range::not_negative}};
}

bool ASGD::declare(Step& at) {
  at.slots["ax"];
  at.slots.get("eta", {}, 0);
  return true;
}

Tensor ASGD::update(const Tensor& w, const Tensor& g, Step& at) {
  declare(at);
  Tensor &average = at.slots["ax"], &eta = at.slots["eta"];
  const double t = static_cast<double>(update_number(at)), rate = at.learning_rate;
  const double size = t == 1 ? rate : eta.item<double>(), weight = 1 / std::max(1., t - 1 - options_.t0);
  Tensor next = w * (1 - options_.lambd * size) - g * size;
  average = weight == 1 ? next : average + (next - average) * weight;
  eta = full({}, rate / std::pow(1 + options_.lambd * rate * t, options_.alpha), w.dtype());
  return next;
}

}  // namespace taper::optim
