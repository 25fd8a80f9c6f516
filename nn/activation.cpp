// Activation layers that are more than a call.
#include <fmt/format.h>

#include <taper/nn/activation.h>
#include <taper/nn/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

namespace taper::nn {

PReLU::PReLU(std::int64_t num_parameters, double initial, DType dtype)
    : weight(parameter("weight",
                       full({at_least(1, "PReLU", "num_parameters", num_parameters)}, initial, dtype))) {}

Tensor Softmax2d::forward(const Tensor& x) const {
  if (x.rank() != 3 && x.rank() != 4)
    throw ShapeError(
        fmt::format("expected images [N, C, H, W] or [C, H, W], got shape {}", to_string(x.shape())));
  return softmax(x, -3);
}

}  // namespace taper::nn
