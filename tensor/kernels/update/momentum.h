// The rule of Momentum.
#pragma once

#include <taper/tensor/kernels/update/rule.h>

namespace taper::kernels::update {

/// The learning rate is outside the velocity.
template <class V, bool nesterov>
struct Momentum {
  static constexpr std::array slots{Slot{"velocity"}};
  V learning_rate, momentum;
  void operator()(V& w, V g, V& velocity) const {
    velocity = velocity * momentum + g;
    w = w - (nesterov ? g * learning_rate + velocity * momentum * learning_rate : velocity * learning_rate);
  }
};

}  // namespace taper::kernels::update
