// The rule of Adagrad.
#pragma once

#include <taper/tensor/kernels/update/rule.h>

namespace taper::kernels::update {

/// `epsilon_outside`: the root.
template <class V, bool epsilon_outside>
struct Adagrad {
  static constexpr std::array slots{Slot{"accumulator"}};
  V learning_rate, epsilon;
  void operator()(V& w, V g, V& sum) const {
    sum = sum + g * g;
    w = w - learning_rate * g / root<epsilon_outside>(sum, epsilon);
  }
};

}  // namespace taper::kernels::update
