// ScheduleFreeAdamW.
#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include <taper/autograd/grad_mode.h>
#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/math.h>
#include <taper/optim/rules/schedulefreeadamw.h>
#include <taper/tensor/create.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>

namespace taper::optim {
namespace {

constexpr Range open_fraction{[](double x) { return x > 0 && x < 1; }, "in (0, 1)"};

}  // namespace

Fields fields(ScheduleFreeAdamWOptions& options) {
  return {{"beta_1", &options.beta_1, open_fraction},
          {"beta_2", &options.beta_2, range::fraction},
          {"epsilon", &options.epsilon, range::not_negative},
          {"warmup_steps", &options.warmup_steps, range::not_negative},
          {"r", &options.r, range::not_negative},
          {"weight_lr_power", &options.weight_lr_power, range::not_negative}};
}

ScheduleFreeAdamW::ScheduleFreeAdamW(const Parameters& parameters, const Options& options)
    : OptimizerWith(parameters, options), training_(scalar("training", 1)) {}

bool ScheduleFreeAdamW::declare(Step& at) {
  for (const char* const slot : {"offset", "velocity"}) at.slots[slot];
  for (const char* const number : {"weight_sum", "largest_rate", "step"}) at.slots.get(number, {}, 0);
  return true;
}

void ScheduleFreeAdamW::prepare(DType) {
  if (!is_training())
    throw ValueError("ScheduleFreeAdamW::step: the parameters are those for evaluation; call train() first");
}

// With u = z - y, which is 0 at first, x need not be kept: y += c * u - rate * (1 - beta_1 * (1 - c)) * d and
// u = (1 - c) * (u - rate * beta_1 * d).
Tensor ScheduleFreeAdamW::update(const Tensor& y, const Tensor& g, Step& at) {
  declare(at);
  Slots& slots = at.slots;
  const auto next = [&](const char* number, auto&& change) {
    const double value = change(slots[number].item<double>());
    slots[number] = full({}, value, y.dtype());
    return value;
  };
  const double t = next("step", [](double before) { return before + 1; });
  const double warm = std::max(t, static_cast<double>(options_.warmup_steps));
  const double rate = at.learning_rate * (t < warm ? t / warm : 1);
  const double largest = next("largest_rate", [&](double before) { return std::max(before, rate); });
  const double weight = std::pow(t, options_.r) * std::pow(largest, options_.weight_lr_power);
  const double sum = next("weight_sum", [&](double before) { return before + weight; });
  const double c = sum > 0 ? weight / sum : 0, beta_1 = options_.beta_1, beta_2 = options_.beta_2;

  Tensor &u = slots["offset"], &v = slots["velocity"];
  v = beta_2 * v + (1 - beta_2) * square(g);
  Tensor d = g / (sqrt(v / (1 - std::pow(beta_2, t))) + options_.epsilon);
  if (at.decay > 0) d = d + at.decay * y;
  Tensor result = y + c * u - rate * (1 - beta_1 * (1 - c)) * d;
  u = (1 - c) * (u - rate * beta_1 * d);
  return result;
}

void ScheduleFreeAdamW::eval() { move(false); }
void ScheduleFreeAdamW::train() { move(true); }

// x = y + (1 - 1 / beta_1) * u; y = x + (1 / beta_1 - 1) * u.
void ScheduleFreeAdamW::move(bool to_training) {
  if (is_training() == to_training) return;
  const NoGrad no_grad;
  std::vector<std::pair<Tensor, Tensor>> values;  // all of them before anything changes
  each_parameter([&](Step& at) {
    const double factor = 1 / options_.beta_1 - 1;
    if (const Tensor* const u = at.slots.find("offset"))
      values.emplace_back(at.parameter, at.parameter + (to_training ? factor : -factor) * *u);
  });
  for (auto& [parameter, value] : values) compute::copy(parameter, value);
  training_ = to_training;
}

}  // namespace taper::optim
