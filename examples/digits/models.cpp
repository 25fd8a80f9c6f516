// The models' layers.
#include "models.h"

#include <stdexcept>

#include <taper/nn/nn.h>

using namespace taper;

namespace {

// With ReLU, and pooled 2 x 2.
nn::Conv2d convolution(std::int64_t in, std::int64_t out, std::int64_t size, std::int64_t padding) {
  return nn::Conv2d(in, out, size, {.padding = padding, .activation = Activation::relu, .max_pool = 2});
}

}  // namespace

nn::Sequential make_model(const std::string& name) {
  constexpr Activation relu = Activation::relu;
  if (name == "digits")
    return {convolution(1, 24, 5, 0), convolution(24, 32, 3, 0), nn::Flatten(),
            nn::Linear(800, 256, {.activation = relu}), nn::Linear(256, 10)};
  if (name == "mlp") return {nn::Flatten(), nn::Linear(784, 128, {.activation = relu}), nn::Linear(128, 10)};
  if (name == "convnet")
    return {convolution(1, 32, 3, 1), convolution(32, 64, 3, 1), nn::Flatten(), nn::Dropout(0.5),
            nn::Linear(3136, 10)};
  if (name == "lenet")
    return {convolution(1, 6, 5, 2),
            convolution(6, 16, 5, 0),
            nn::Flatten(),
            nn::Linear(400, 120, {.activation = relu}),
            nn::Linear(120, 84, {.activation = relu}),
            nn::Linear(84, 10)};
  throw std::invalid_argument("make_model: there is no model \"" + name + "\"");
}
