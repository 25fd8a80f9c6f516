// Options that all optimizers share.
#pragma once

#include <cstdint>
#include <string>

#include <taper/optim/fields.h>
#include <taper/optim/learning_rate.h>

namespace taper::optim {

// Note [Options]
// `Adam adam(parameters, {.beta_1 = 0.8, .clipnorm = 1})` needs one flat aggregate for each optimizer: C++20
// does not allow designated initializers for members of a base class, and for members of a nested struct only
// with a second pair of braces. So a macro adds the shared members, with their Keras names, to the options of
// each optimizer. To add an option to all optimizers, add it here, in shared_options() and in
// shared_fields().

// The shared options:
//
//   weight_decay                 before each step, parameter -= parameter * weight_decay * learning_rate; in
//                                the generation pytorch see Note [Generations]
//   clipnorm                     a gradient with a larger L2 norm is scaled down to this norm
//   clipvalue                    each element of a gradient is limited to [-clipvalue, clipvalue]
//   global_clipnorm              if the common L2 norm of all gradients is larger, all are scaled down to it
//   use_ema                      keep a moving average of each parameter, updated after each step: average =
//                                ema_momentum * average + (1 - ema_momentum) * parameter; assign_averages()
//                                replaces the parameters by their averages
//   ema_overwrite_frequency      replace the parameters by their averages every that many steps
//   loss_scale_factor            the loss was multiplied by this number (see scale_loss()), so the gradients
//                                are divided by it
//   gradient_accumulation_steps  change the parameters only every that many steps (at least 2), with the mean
//                                of the gradients of these steps
//   maximize                     go up: the gradients are negated before they are used. Not in Keras
//   name                         the name in get_config(); if empty, that of the class, as in Keras
//
// A number of 0 means that the option is off. At most one of the three ways of clipping may be used.
#define TAPER_OPTIMIZER_OPTIONS TAPER_OPTIMIZER_OPTIONS_WITH_WEIGHT_DECAY(0)
// The same with another default of weight_decay.
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
  bool maximize = false;                                         \
  std::string name = {}

/// The options of the base class, and of optimizers without hyperparameters of their own.
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
          .maximize = options.maximize,
          .name = options.name};
}

/// The fields of the shared part, in Keras's order: see Note [Fields].
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
          {"gradient_accumulation_steps", &options.gradient_accumulation_steps, range::off_or_several, true},
          {.name = "maximize", .value = &options.maximize, .own = true}};
}

/// All fields of an optimizer's options.
template <class Options>
Fields all_fields(Options& options) {
  Fields all = shared_fields(options);
  for (const Field& field : fields(options)) all.push_back(field);
  return all;
}

}  // namespace taper::optim
