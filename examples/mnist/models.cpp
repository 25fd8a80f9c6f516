// The models' layers.
#include "models.h"

#include <stdexcept>

#include <taper/nn/nn.h>

using namespace taper;

namespace {

nn::Conv2d convolution(std::int64_t in, std::int64_t out, std::int64_t size, std::int64_t padding) {
  return nn::Conv2d({.in_channels = in, .out_channels = out, .kernel_size = size, .padding = padding});
}

nn::Linear linear(std::int64_t in, std::int64_t out) {
  return nn::Linear({.in_features = in, .out_features = out});
}

nn::MaxPool2d pool() { return nn::MaxPool2d({.kernel_size = 2}); }

}  // namespace

nn::Sequential make_model(const std::string& name) {
  if (name == "mlp") return {nn::Flatten(), linear(784, 128), nn::ReLU(), linear(128, 10)};
  if (name == "convnet")
    return {convolution(1, 32, 3, 1),
            nn::ReLU(),
            pool(),
            convolution(32, 64, 3, 1),
            nn::ReLU(),
            pool(),
            nn::Flatten(),
            nn::Dropout(0.5),
            linear(3136, 10)};
  if (name == "lenet")
    return {convolution(1, 6, 5, 2),
            nn::ReLU(),
            pool(),
            convolution(6, 16, 5, 0),
            nn::ReLU(),
            pool(),
            nn::Flatten(),
            linear(400, 120),
            nn::ReLU(),
            linear(120, 84),
            nn::ReLU(),
            linear(84, 10)};
  throw std::invalid_argument("make_model: there is no model \"" + name + "\"");
}
