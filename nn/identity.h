// Identity: a layer that returns its input, as a placeholder for another layer.
#pragma once

#include <taper/nn/layer.h>

namespace taper::nn {

struct Identity : Layer<Identity> {
  Tensor forward(const Tensor& x) const { return x; }
};

}  // namespace taper::nn
