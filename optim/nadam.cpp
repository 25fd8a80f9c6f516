// Nadam.
#include <cmath>

#include <taper/optim/fused.h>
#include <taper/optim/nadam.h>

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
    return static_cast<T>(kept(options_.beta_1, options_.generation)) *
           (1 - T(0.5) * std::pow(base, exponent));
  });
}

bool Nadam::declare(Slots&) {
  scalar("u_product", 1);
  return true;
}

void Nadam::prepare() {
  double& product = scalar("u_product", 1);
  const DType dtype = parameter().dtype();
  product = product_ = visit_floating(dtype, [&]<class T>() -> double {
    return static_cast<T>(product) * static_cast<T>(momentum(iterations() + 1, dtype));
  });
}

std::optional<FusedRule> Nadam::fused(DType dtype) const {
  const Generation generation = options_.generation;
  const std::int64_t step = iterations() + 1;
  return visit_floating(dtype, [&]<class T>() {
    const T now = static_cast<T>(momentum(step, dtype)), next = static_cast<T>(momentum(step + 1, dtype)),
            product = static_cast<T>(product_);
    return FusedRule{kernels::Update::nadam,
                     {kept(learning_rate(), generation), difference(kept(options_.beta_1, generation), dtype),
                      difference(kept(options_.beta_2, generation), dtype),
                      kept_epsilon(options_.epsilon, generation), next, T(1) - product * next, T(1) - now,
                      T(1) - product, correction(kept(options_.beta_2, generation), step, dtype)},
                     {{"momentum"}, {"velocity"}}};
  });
}

}  // namespace taper::optim
