// PyTorch's optimizers: its option names and defaults, as options of the optimizers here.
#pragma once

#include <array>

#include <taper/optim/rules/adadelta.h>
#include <taper/optim/rules/adagrad.h>
#include <taper/optim/rules/adam.h>
#include <taper/optim/rules/adamax.h>
#include <taper/optim/rules/adamw.h>
#include <taper/optim/rules/nadam.h>
#include <taper/optim/rules/rmsprop.h>
#include <taper/optim/rules/sgd.h>

namespace taper::optim::pytorch {

// Each function takes the options of the class of torch.optim and returns those of the optimizer here that
// takes the same steps, in the generation pytorch:
//
//     optim::Adam adam(model, optim::pytorch::adam({.lr = 3e-4, .betas = {0.9, 0.95}}));
//
// What PyTorch does not have can be set in the result (clipnorm, use_ema, ...). `lr` may be a schedule.

struct SGDOptions {
  LearningRate lr = 1e-3;
  double momentum = 0;
  double dampening = 0;
  double weight_decay = 0;
  bool nesterov = false;
  bool maximize = false;
};
/// torch.optim.SGD
optim::SGDOptions sgd(const SGDOptions& options = {});

struct AdamOptions {
  LearningRate lr = 1e-3;
  std::array<double, 2> betas = {0.9, 0.999};
  double eps = 1e-8;
  double weight_decay = 0;
  bool amsgrad = false;
  bool maximize = false;
  bool decoupled_weight_decay = false;
};
/// torch.optim.Adam
optim::AdamOptions adam(const AdamOptions& options = {});

struct AdamWOptions {
  LearningRate lr = 1e-3;
  std::array<double, 2> betas = {0.9, 0.999};
  double eps = 1e-8;
  double weight_decay = 1e-2;
  bool amsgrad = false;
  bool maximize = false;
};
/// torch.optim.AdamW
optim::AdamWOptions adamw(const AdamWOptions& options = {});

struct RMSpropOptions {
  LearningRate lr = 1e-2;
  double alpha = 0.99;
  double eps = 1e-8;
  double weight_decay = 0;
  double momentum = 0;
  bool centered = false;
  bool maximize = false;
};
/// torch.optim.RMSprop
optim::RMSpropOptions rmsprop(const RMSpropOptions& options = {});

struct AdagradOptions {
  LearningRate lr = 1e-2;
  double lr_decay = 0;
  double weight_decay = 0;
  double initial_accumulator_value = 0;
  double eps = 1e-10;
  bool maximize = false;
};
/// torch.optim.Adagrad
optim::AdagradOptions adagrad(const AdagradOptions& options = {});

struct AdadeltaOptions {
  LearningRate lr = 1.0;
  double rho = 0.9;
  double eps = 1e-6;
  double weight_decay = 0;
  bool maximize = false;
};
/// torch.optim.Adadelta
optim::AdadeltaOptions adadelta(const AdadeltaOptions& options = {});

struct AdamaxOptions {
  LearningRate lr = 2e-3;
  std::array<double, 2> betas = {0.9, 0.999};
  double eps = 1e-8;
  double weight_decay = 0;
  bool maximize = false;
};
/// torch.optim.Adamax
optim::AdamaxOptions adamax(const AdamaxOptions& options = {});

struct NAdamOptions {
  LearningRate lr = 2e-3;
  std::array<double, 2> betas = {0.9, 0.999};
  double eps = 1e-8;
  double weight_decay = 0;
  double momentum_decay = 4e-3;
  bool decoupled_weight_decay = false;
  bool maximize = false;
};
/// torch.optim.NAdam
optim::NadamOptions nadam(const NAdamOptions& options = {});

}  // namespace taper::optim::pytorch
