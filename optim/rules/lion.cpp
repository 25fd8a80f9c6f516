// Lion.
#include <taper/optim/fused.h>
#include <taper/optim/generation.h>
#include <taper/optim/rules/lion.h>

namespace taper::optim {
namespace {

constexpr Range positive_fraction{[](double x) { return x > 0 && x <= 1; }, "in (0, 1]"};

}  // namespace

Fields fields(LionOptions& options) {
  return {{"beta_1", &options.beta_1, positive_fraction}, {"beta_2", &options.beta_2, range::fraction}};
}

std::optional<FusedRule> Lion::fused(const Step& at) const {
  return update::Lion<double>{.learning_rate = at.learning_rate,
                              .beta_1 = options_.beta_1,
                              .one_minus_beta_1 = one_minus(options_.beta_1, at.dtype()),
                              .beta_2 = options_.beta_2,
                              .one_minus_beta_2 = one_minus(options_.beta_2, at.dtype())};
}

}  // namespace taper::optim
