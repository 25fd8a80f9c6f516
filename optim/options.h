// Options that all optimizers share.
#pragma once

#include <taper/optim/learning_rate.h>

namespace taper::optim {

// Note [Options]
// `Adam adam(parameters, {.beta_1 = 0.8, .clipnorm = 1})` needs one flat aggregate for each optimizer: C++20
// allows designated initializers neither for members of a base class nor for nested ones without a second
// pair of braces. Only a macro can put the shared members, named as in Keras, into each aggregate without
// writing them a dozen times. An option that all optimizers are to get is added here, and in
// shared_options().

// weight_decay: before each step, parameter -= parameter * weight_decay * learning_rate (0: none).
// clipnorm: each gradient with a larger norm is scaled down to it (0: off).
// clipvalue: gradients are limited to -clipvalue..clipvalue, element by element (0: off).
// global_clipnorm: all gradients together are scaled down to this norm (0: off).
#define TAPER_OPTIMIZER_OPTIONS \
  double weight_decay = 0;      \
  double clipnorm = 0;          \
  double clipvalue = 0;         \
  double global_clipnorm = 0

/// What the base class reads; the options of an optimizer without hyperparameters of its own.
struct OptimizerOptions {
  LearningRate learning_rate = 0.001;
  TAPER_OPTIMIZER_OPTIONS;
};

/// The shared part of an optimizer's options.
template <class Options>
OptimizerOptions shared_options(const Options& options) {
  return {.learning_rate = options.learning_rate,
          .weight_decay = options.weight_decay,
          .clipnorm = options.clipnorm,
          .clipvalue = options.clipvalue,
          .global_clipnorm = options.global_clipnorm};
}

}  // namespace taper::optim
