// All update rules.
#pragma once

#include <taper/tensor/kernels/update/adadelta.h>
#include <taper/tensor/kernels/update/adagrad.h>
#include <taper/tensor/kernels/update/adam.h>
#include <taper/tensor/kernels/update/adamax.h>
#include <taper/tensor/kernels/update/ftrl.h>
#include <taper/tensor/kernels/update/lion.h>
#include <taper/tensor/kernels/update/momentum.h>
#include <taper/tensor/kernels/update/nadam.h>
#include <taper/tensor/kernels/update/radam.h>
#include <taper/tensor/kernels/update/rmsprop.h>
#include <taper/tensor/kernels/update/sgd.h>
#include <taper/tensor/type_list.h>

namespace taper::kernels::update {

/// With V = double. A rule's place in the list is its place in the table of kernels.
using Rules =
    TypeList<Sgd<double>, SgdMomentum<double, false>, SgdMomentum<double, true>, Momentum<double, false>,
             Momentum<double, true>, Rmsprop<double, false, false>, Rmsprop<double, true, false>,
             Rmsprop<double, false, true>, Rmsprop<double, true, true>, Rmsprop<double, false, false, true>,
             Rmsprop<double, true, false, true>, Adam<double, false>, Adam<double, true>,
             Adagrad<double, false>, Adagrad<double, true>, Adadelta<double>, Adamax<double>, Nadam<double>,
             Ftrl<double, false>, Ftrl<double, true>, Lion<double>, PyTorchSgd<double, false>,
             PyTorchSgd<double, true>, PyTorchAdam<double, false>, PyTorchAdam<double, true>,
             PyTorchRmsprop<double, false, false>, PyTorchRmsprop<double, true, false>,
             PyTorchRmsprop<double, false, true>, PyTorchRmsprop<double, true, true>, PyTorchAdamax<double>,
             PyTorchNadam<double>, Radam<double, false>, Radam<double, true>>;

}  // namespace taper::kernels::update
