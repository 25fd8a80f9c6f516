// The models' layers.
#include "models.h"

#include <stdexcept>

#include <taper/nn/nn.h>

using namespace taper;

namespace {

// With ReLU, and pooled 2 x 2.
nn::Conv2d convolution(std::int64_t in, std::int64_t out, std::int64_t size, std::int64_t padding) {
  return nn::Conv2d({.in_channels = in,
                     .out_channels = out,
                     .kernel_size = size,
                     .padding = padding,
                     .activation = Activation::relu,
                     .max_pool = 2});
}

nn::Linear linear(std::int64_t in, std::int64_t out, Activation activation = Activation::none) {
  return nn::Linear({.in_features = in, .out_features = out, .activation = activation});
}

}  // namespace

nn::Sequential make_model(const std::string& name) {
  constexpr Activation relu = Activation::relu;
  if (name == "mlp") return {nn::Flatten(), linear(784, 128, relu), linear(128, 10)};
  if (name == "convnet")
    return {convolution(1, 32, 3, 1), convolution(32, 64, 3, 1), nn::Flatten(), nn::Dropout(0.5),
            linear(3136, 10)};
  if (name == "lenet")
    return {convolution(1, 6, 5, 2), convolution(6, 16, 5, 0), nn::Flatten(),
            linear(400, 120, relu),  linear(120, 84, relu),    linear(84, 10)};
  throw std::invalid_argument("make_model: there is no model \"" + name + "\"");
}
