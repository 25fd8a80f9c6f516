// Nadam.
#include <cmath>

#include <taper/optim/fused.h>
#include <taper/optim/rules/nadam.h>

namespace taper::optim {

Fields fields(NadamOptions& options) {
  return {{"beta_1", &options.beta_1, range::fraction},
          {"beta_2", &options.beta_2, range::fraction},
          {"epsilon", &options.epsilon, range::not_negative},
          {"generation", &options.generation}};
}

// beta_1 * (1 - 0.96^step / 2), in the dtype.
double Nadam::momentum(std::int64_t step, DType dtype) const {
  const bool old = options_.generation != Generation::keras_3;
  return visit_floating(dtype, [&]<class T>() -> double {
    const T exponent = old ? T(0.004) * static_cast<T>(step) : static_cast<T>(step);
    const T base = old ? T(0.96f) : T(0.96);
    return static_cast<T>(stored(options_.beta_1, options_.generation)) *
           (1 - T(0.5) * std::pow(base, exponent));
  });
}

bool Nadam::declare(Step&) {
  scalar("u_product", 1);
  return true;
}

void Nadam::prepare(DType dtype) {
  double& product = scalar("u_product", 1);
  product = product_ = visit_floating(dtype, [&]<class T>() -> double {
    return static_cast<T>(product) * static_cast<T>(momentum(iterations() + 1, dtype));
  });
}

std::optional<FusedRule> Nadam::fused(const Step& at) const {
  const Generation generation = options_.generation;
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
