// Nadam.
#include <algorithm>
#include <cmath>

#include <taper/optim/fused.h>
#include <taper/optim/rules/nadam.h>

namespace taper::optim {

Fields fields(NadamOptions& options) {
  return {{"beta_1", &options.beta_1, range::fraction},
          {"beta_2", &options.beta_2, range::fraction},
          {"epsilon", &options.epsilon, range::not_negative},
          {.name = "momentum_decay",
           .value = &options.momentum_decay,
           .range = range::not_negative,
           .pytorch_only = true},
          {.name = "decoupled_weight_decay", .value = &options.decoupled_weight_decay, .pytorch_only = true},
          {"generation", &options.generation}};
}

// beta_1 * (1 - 0.96^step / 2), in the dtype.
double Nadam::momentum(std::int64_t step, DType dtype) const {
  const bool old = options_.generation == Generation::tf_keras_2_3;
  return visit_floating(dtype, [&]<class T>() -> double {
    const T exponent = old ? T(0.004) * static_cast<T>(step) : static_cast<T>(step);
    const T base = old ? T(0.96f) : T(0.96);
    return static_cast<T>(stored(options_.beta_1, options_.generation)) *
           (1 - T(0.5) * std::pow(base, exponent));
  });
}

double Nadam::pytorch_momentum(std::int64_t step) const {
  return options_.beta_1 * (1 - 0.5 * std::pow(0.96, static_cast<double>(step) * options_.momentum_decay));
}

// At least up to this step, unless they have come to differ from 0 too little to change 1 - P. (PyTorch
// itself counts no further than 2^24.)
const std::vector<double>& Nadam::products(std::int64_t step) const {
  constexpr double vanishing = 0x1p-60;
  constexpr std::int64_t most = std::int64_t{1} << 24;
  auto found = std::find_if(products_.begin(), products_.end(), [&](const Products& each) {
    return each.beta_1 == options_.beta_1 && each.momentum_decay == options_.momentum_decay;
  });
  if (found == products_.end())
    found = products_.insert(found, {options_.beta_1, options_.momentum_decay, {1}});
  std::vector<double>& values = found->values;
  for (std::int64_t next = std::ssize(values); next <= std::min(step, most) && values.back() > vanishing;
       ++next)
    values.push_back(values.back() * pytorch_momentum(next));
  return values;
}

FusedRule Nadam::pytorch_rule(const Step& at) const {
  const std::int64_t step = update_number(at);
  const std::vector<double>& all = products(step);
  const double product = all[static_cast<std::size_t>(std::min(step, std::ssize(all) - 1))],
               u = pytorch_momentum(step), u_next = pytorch_momentum(step + 1);
  return update::PyTorchNadam<double>{
      .one_minus_beta_1 = 1 - options_.beta_1,
      .beta_2 = options_.beta_2,
      .one_minus_beta_2 = 1 - options_.beta_2,
      .epsilon = options_.epsilon,
      .beta_2_correction = bias_correction(options_.beta_2, step, DType::float64),
      .momentum_rate = at.learning_rate * u_next / (1 - product * u_next),
      .gradient_rate = at.learning_rate * (1 - u) / (1 - product)};
}

bool Nadam::declare(Step&) {
  if (options_.generation == Generation::pytorch) return true;
  scalar("u_product", 1);
  return true;
}

void Nadam::prepare(DType dtype) {
  if (options_.generation == Generation::pytorch) return;
  double& product = scalar("u_product", 1);
  product = product_ = visit_floating(dtype, [&]<class T>() -> double {
    return static_cast<T>(product) * static_cast<T>(momentum(iterations() + 1, dtype));
  });
}

std::optional<FusedRule> Nadam::fused(const Step& at) const {
  const Generation generation = options_.generation;
  if (generation == Generation::pytorch) return pytorch_rule(at);
  const std::int64_t step = iterations() + 1;
  const DType dtype = at.dtype();
  return visit_floating(dtype, [&]<class T>() -> FusedRule {
    const T u = static_cast<T>(momentum(step, dtype)), u_next = static_cast<T>(momentum(step + 1, dtype)),
            product = static_cast<T>(product_);
    return update::Nadam<double>{
        .learning_rate = stored(at.learning_rate, generation),
        .one_minus_beta_1 = one_minus(stored(options_.beta_1, generation), dtype),
        .one_minus_beta_2 = one_minus(stored(options_.beta_2, generation), dtype),
        .epsilon = stored_epsilon(options_.epsilon, generation),
        .u_next = u_next,
        .correction_next = T(1) - product * u_next,
        .one_minus_u = T(1) - u,
        .correction = T(1) - product,
        .beta_2_correction = bias_correction(stored(options_.beta_2, generation), step, dtype)};
  });
}

}  // namespace taper::optim
