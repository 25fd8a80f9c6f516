// Options that all optimizers share.
#pragma once

#include <string>

#include <taper/optim/fields.h>
#include <taper/optim/learning_rate.h>

namespace taper::optim {

// Note [Options]
// `Adam adam(parameters, {.beta_1 = 0.8, .clipnorm = 1})` needs one flat aggregate for each optimizer: C++20
// allows designated initializers neither for members of a base class nor for nested ones without a second
// pair of braces. Only a macro can put the shared members, named as in Keras, into each aggregate without
// writing them a dozen times. An option that all optimizers are to get is added here, in shared_options() and
// in shared_fields().

// weight_decay: before each step, parameter -= parameter * weight_decay * learning_rate (0: none).
// clipnorm: each gradient with a larger norm is scaled down to it (0: off).
// clipvalue: gradients are limited to -clipvalue..clipvalue, element by element (0: off).
// global_clipnorm: all gradients together are scaled down to this norm (0: off).
// name: the name in get_config(); empty: the class's, as in Keras.
#define TAPER_OPTIMIZER_OPTIONS TAPER_OPTIMIZER_OPTIONS_WITH_WEIGHT_DECAY(0)
// For an optimizer with another default.
#define TAPER_OPTIMIZER_OPTIONS_WITH_WEIGHT_DECAY(default_value) \
  double weight_decay = default_value;                           \
  double clipnorm = 0;                                           \
  double clipvalue = 0;                                          \
  double global_clipnorm = 0;                                    \
  std::string name = {}

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
          .global_clipnorm = options.global_clipnorm,
          .name = options.name};
}

/// Its fields, in Keras's order: see Note [Fields].
template <class Options>
Fields shared_fields(Options& options) {
  return {{"name", &options.name},
          {"learning_rate", &options.learning_rate},
          {"weight_decay", &options.weight_decay, range::not_negative, true},
          {"clipnorm", &options.clipnorm, range::not_negative, true},
          {"global_clipnorm", &options.global_clipnorm, range::not_negative, true},
          {"clipvalue", &options.clipvalue, range::not_negative, true}};
}

/// All fields of an optimizer's options.
template <class Options>
Fields all_fields(Options& options) {
  Fields all = shared_fields(options);
  for (const Field& field : fields(options)) all.push_back(field);
  return all;
}

}  // namespace taper::optim
