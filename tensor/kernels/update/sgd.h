// The rules of SGD, without and with momentum.
#pragma once

#include <taper/tensor/kernels/update/rule.h>

namespace taper::kernels::update {

template <class V>
struct Sgd {
  static constexpr std::array<Slot, 0> slots{};
  V learning_rate;
  void operator()(V& w, V g) const { w = w - g * learning_rate; }
};

/// The learning rate is inside the velocity, which Keras calls momentum.
template <class V, bool nesterov>
struct SgdMomentum {
  static constexpr std::array slots{Slot{"momentum"}};
  V learning_rate, momentum;
  void operator()(V& w, V g, V& velocity) const {
    const V step = g * learning_rate;
    velocity = velocity * momentum - step;
    w = w + (nesterov ? velocity * momentum - step : velocity);
  }
};

/// PyTorch's: the learning rate is outside the velocity; `share`, of the gradient, is 1 - dampening.
template <class V, bool nesterov>
struct PyTorchSgd {
  static constexpr std::array slots{Slot{"velocity"}};
  V learning_rate, momentum, share;
  void operator()(V& w, V g, V& velocity) const {
    velocity = velocity * momentum + g * share;
    w = w - learning_rate * (nesterov ? g + momentum * velocity : velocity);
  }
};

}  // namespace taper::kernels::update
