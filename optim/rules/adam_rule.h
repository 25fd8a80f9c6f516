// Adam's fused rule, for all optimizers that use it.
#pragma once

#include <taper/optim/fused.h>
#include <taper/optim/generation.h>

namespace taper::optim {

struct AdamRule {
  double rate, beta_1, beta_2, epsilon;
  bool amsgrad = false;
  Generation generation = Generation::keras_3;
};
/// The rule for step 1, 2, ...
FusedRule adam_rule(const AdamRule& with, std::int64_t step, DType dtype);

}  // namespace taper::optim
