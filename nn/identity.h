// Identity: a layer that returns its input, as a placeholder for another layer.
#pragma once

#include <taper/nn/module.h>

namespace taper::nn {

struct Identity : Module {
  Tensor forward(const Tensor& x) override { return x; }
};

}  // namespace taper::nn
