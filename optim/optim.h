// Includes all public headers of optim.
#pragma once

#include <taper/optim/clip.h>
#include <taper/optim/exponential_moving_average.h>
#include <taper/optim/generation.h>
#include <taper/optim/lambda_optimizer.h>
#include <taper/optim/loss_scale_optimizer.h>
#include <taper/optim/optimizer.h>
#include <taper/optim/pytorch.h>
#include <taper/optim/registry.h>
#include <taper/optim/rules/adadelta.h>
#include <taper/optim/rules/adafactor.h>
#include <taper/optim/rules/adagrad.h>
#include <taper/optim/rules/adam.h>
#include <taper/optim/rules/adamax.h>
#include <taper/optim/rules/adamw.h>
#include <taper/optim/rules/asgd.h>
#include <taper/optim/rules/ftrl.h>
#include <taper/optim/rules/lamb.h>
#include <taper/optim/rules/lbfgs.h>
#include <taper/optim/rules/lion.h>
#include <taper/optim/rules/momentum.h>
#include <taper/optim/rules/muon.h>
#include <taper/optim/rules/nadam.h>
#include <taper/optim/rules/radam.h>
#include <taper/optim/rules/rmsprop.h>
#include <taper/optim/rules/rprop.h>
#include <taper/optim/rules/schedulefreeadamw.h>
#include <taper/optim/rules/sgd.h>
#include <taper/optim/schedules/chained_schedule.h>
#include <taper/optim/schedules/constant_lr.h>
#include <taper/optim/schedules/cosine_decay.h>
#include <taper/optim/schedules/cosine_decay_restarts.h>
#include <taper/optim/schedules/cyclic_lr.h>
#include <taper/optim/schedules/exponential_decay.h>
#include <taper/optim/schedules/inverse_root_decay.h>
#include <taper/optim/schedules/inverse_time_decay.h>
#include <taper/optim/schedules/linear_lr.h>
#include <taper/optim/schedules/multi_step_decay.h>
#include <taper/optim/schedules/one_cycle.h>
#include <taper/optim/schedules/piecewise_constant_decay.h>
#include <taper/optim/schedules/polynomial_decay.h>
#include <taper/optim/schedules/reduce_lr_on_plateau.h>
#include <taper/optim/schedules/sequential_schedule.h>
#include <taper/optim/schedules/step_decay.h>
#include <taper/optim/schedules/swa_lr.h>
#include <taper/optim/schedules/warmup.h>
#include <taper/optim/weight_average.h>
#include <taper/tensor/type_list.h>

namespace taper::optim {

/// The classes that the registry knows by name. A new one of the library is included above and added here.
using Optimizers = TypeList<SGD, RMSprop, Adam, AdamW, Adagrad, Adadelta, Adamax, Nadam, Ftrl, Lion, Lamb,
                            Adafactor, Muon, Momentum, RAdam, Rprop, ASGD, ScheduleFreeAdamW>;
using Schedules =
    TypeList<ExponentialDecay, PiecewiseConstantDecay, PolynomialDecay, InverseTimeDecay, InverseRootDecay,
             CosineDecay, CosineDecayRestarts, StepDecay, MultiStepDecay, ConstantLR, LinearLR, OneCycle,
             CyclicLR, SWALR, Warmup, SequentialSchedule, ChainedSchedule>;

}  // namespace taper::optim
