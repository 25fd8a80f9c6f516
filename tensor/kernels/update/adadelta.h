// The rule of Adadelta.
#pragma once

#include <taper/tensor/kernels/update/rule.h>

namespace taper::kernels::update {

template <class V>
struct Adadelta {
  static constexpr std::array slots{Slot{"accumulated_grad"}, Slot{"accumulated_delta_var"}};
  V learning_rate, rho, one_minus_rho, epsilon;
  void operator()(V& w, V g, V& gradients, V& steps) const {
    average(gradients, g * g, rho, one_minus_rho);
    const V step = root<false>(steps, epsilon) * g / root<false>(gradients, epsilon);
    average(steps, step * step, rho, one_minus_rho);
    w = w - learning_rate * step;
  }
};

}  // namespace taper::kernels::update
