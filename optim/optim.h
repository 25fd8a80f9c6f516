// Optimizers and learning rates: everything.
#pragma once

#include <taper/optim/adadelta.h>
#include <taper/optim/adafactor.h>
#include <taper/optim/adagrad.h>
#include <taper/optim/adam.h>
#include <taper/optim/adamax.h>
#include <taper/optim/adamw.h>
#include <taper/optim/clip.h>
#include <taper/optim/cosine_decay.h>
#include <taper/optim/cosine_decay_restarts.h>
#include <taper/optim/exponential_decay.h>
#include <taper/optim/ftrl.h>
#include <taper/optim/generation.h>
#include <taper/optim/inverse_root_decay.h>
#include <taper/optim/inverse_time_decay.h>
#include <taper/optim/lamb.h>
#include <taper/optim/lion.h>
#include <taper/optim/momentum.h>
#include <taper/optim/muon.h>
#include <taper/optim/nadam.h>
#include <taper/optim/optimizer.h>
#include <taper/optim/piecewise_constant_decay.h>
#include <taper/optim/polynomial_decay.h>
#include <taper/optim/registry.h>
#include <taper/optim/rmsprop.h>
#include <taper/optim/sgd.h>
