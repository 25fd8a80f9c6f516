// Optimizers and learning rates: everything.
#pragma once

#include <taper/optim/adam.h>
#include <taper/optim/clip.h>
#include <taper/optim/exponential_decay.h>
#include <taper/optim/momentum.h>
#include <taper/optim/optimizer.h>
#include <taper/optim/registry.h>
#include <taper/optim/rmsprop.h>
#include <taper/optim/sgd.h>
