// PyTorch's optimizers: its option names and defaults.
#include <taper/optim/pytorch.h>

namespace taper::optim::pytorch {
namespace {

constexpr Generation generation = Generation::pytorch;

}  // namespace

optim::SGDOptions sgd(const SGDOptions& options) {
  return {.learning_rate = options.lr,
          .momentum = options.momentum,
          .nesterov = options.nesterov,
          .dampening = options.dampening,
          .generation = generation,
          .weight_decay = options.weight_decay,
          .maximize = options.maximize};
}

optim::AdamOptions adam(const AdamOptions& options) {
  return {.learning_rate = options.lr,
          .beta_1 = options.betas[0],
          .beta_2 = options.betas[1],
          .epsilon = options.eps,
          .amsgrad = options.amsgrad,
          .decoupled_weight_decay = options.decoupled_weight_decay,
          .generation = generation,
          .weight_decay = options.weight_decay,
          .maximize = options.maximize};
}

optim::AdamWOptions adamw(const AdamWOptions& options) {
  return {.learning_rate = options.lr,
          .beta_1 = options.betas[0],
          .beta_2 = options.betas[1],
          .epsilon = options.eps,
          .amsgrad = options.amsgrad,
          .generation = generation,
          .weight_decay = options.weight_decay,
          .maximize = options.maximize};
}

optim::RMSpropOptions rmsprop(const RMSpropOptions& options) {
  return {.learning_rate = options.lr,
          .rho = options.alpha,
          .momentum = options.momentum,
          .epsilon = options.eps,
          .centered = options.centered,
          .generation = generation,
          .weight_decay = options.weight_decay,
          .maximize = options.maximize};
}

optim::AdagradOptions adagrad(const AdagradOptions& options) {
  return {.learning_rate = options.lr,
          .initial_accumulator_value = options.initial_accumulator_value,
          .epsilon = options.eps,
          .lr_decay = options.lr_decay,
          .generation = generation,
          .weight_decay = options.weight_decay,
          .maximize = options.maximize};
}

optim::AdadeltaOptions adadelta(const AdadeltaOptions& options) {
  return {.learning_rate = options.lr,
          .rho = options.rho,
          .epsilon = options.eps,
          .generation = generation,
          .weight_decay = options.weight_decay,
          .maximize = options.maximize};
}

optim::AdamaxOptions adamax(const AdamaxOptions& options) {
  return {.learning_rate = options.lr,
          .beta_1 = options.betas[0],
          .beta_2 = options.betas[1],
          .epsilon = options.eps,
          .generation = generation,
          .weight_decay = options.weight_decay,
          .maximize = options.maximize};
}

optim::NadamOptions nadam(const NAdamOptions& options) {
  return {.learning_rate = options.lr,
          .beta_1 = options.betas[0],
          .beta_2 = options.betas[1],
          .epsilon = options.eps,
          .momentum_decay = options.momentum_decay,
          .decoupled_weight_decay = options.decoupled_weight_decay,
          .generation = generation,
          .weight_decay = options.weight_decay,
          .maximize = options.maximize};
}

}  // namespace taper::optim::pytorch
