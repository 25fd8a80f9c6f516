// Options that all optimizers share.
#pragma once

#include <cstdint>
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
// use_ema: keep a moving average of each parameter, average = ema_momentum * average + (1 - ema_momentum) *
// parameter after each step, which assign_averages() puts in the parameters' place; so does every
// ema_overwrite_frequency-th step (0: none).
// loss_scale_factor: the loss was multiplied by this (scale_loss() does it), so gradients are divided by it
// (0: off). gradient_accumulation_steps: only every such step changes the parameters, by the mean of the
// gradients since (0: off; else at least 2). name: the name in get_config(); empty: the class's, as in Keras.
#define TAPER_OPTIMIZER_OPTIONS TAPER_OPTIMIZER_OPTIONS_WITH_WEIGHT_DECAY(0)
// For an optimizer with another default.
#define TAPER_OPTIMIZER_OPTIONS_WITH_WEIGHT_DECAY(default_value) \
  double weight_decay = default_value;                           \
  double clipnorm = 0;                                           \
  double clipvalue = 0;                                          \
  double global_clipnorm = 0;                                    \
  bool use_ema = false;                                          \
  double ema_momentum = 0.99;                                    \
  std::int64_t ema_overwrite_frequency = 0;                      \
  double loss_scale_factor = 0;                                  \
  std::int64_t gradient_accumulation_steps = 0;                  \
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
          .use_ema = options.use_ema,
          .ema_momentum = options.ema_momentum,
          .ema_overwrite_frequency = options.ema_overwrite_frequency,
          .loss_scale_factor = options.loss_scale_factor,
          .gradient_accumulation_steps = options.gradient_accumulation_steps,
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
          {"clipvalue", &options.clipvalue, range::not_negative, true},
          {"use_ema", &options.use_ema},
          {"ema_momentum", &options.ema_momentum, range::closed_fraction},
          {"ema_overwrite_frequency", &options.ema_overwrite_frequency, range::not_negative, true},
          {"loss_scale_factor", &options.loss_scale_factor, range::not_negative, true},
          {"gradient_accumulation_steps", &options.gradient_accumulation_steps, range::off_or_several, true}};
}

/// All fields of an optimizer's options.
template <class Options>
Fields all_fields(Options& options) {
  Fields all = shared_fields(options);
  for (const Field& field : fields(options)) all.push_back(field);
  return all;
}

}  // namespace taper::optim
