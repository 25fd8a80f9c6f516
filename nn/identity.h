// Identity: a layer that does nothing, to stand where one is wanted.
#pragma once

#include <taper/nn/module.h>

namespace taper::nn {

struct Identity : Module {
  Tensor forward(const Tensor& x) override { return x; }
};

}  // namespace taper::nn
