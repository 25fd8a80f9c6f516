// The rule of RMSprop.
#pragma once

#include <taper/tensor/kernels/update/rule.h>

namespace taper::kernels::update {

template <bool centered, bool with_momentum>
constexpr auto rmsprop_slots() {
  std::array<Slot, 1 + centered + with_momentum> list{Slot{"velocity"}};
  if constexpr (centered) list[1] = {"average_gradient", 2};
  if constexpr (with_momentum) list[1 + centered] = {"momentum", 1};
  return list;
}

/// `centered`: the variance of the gradients instead of their mean square. `epsilon_outside`: the root.
template <class V, bool centered, bool with_momentum, bool epsilon_outside = false>
struct Rmsprop {
  static constexpr auto slots = rmsprop_slots<centered, with_momentum>();
  V learning_rate, rho, one_minus_rho, epsilon, momentum;

  void operator()(V& w, V g, V& velocity) const { w = w - increment(g, mean_square(g, velocity)); }
  void operator()(V& w, V g, V& velocity, V& other) const {
    if constexpr (centered) {
      w = w - increment(g, variance(g, velocity, other));
    } else {
      other = momentum * other + increment(g, mean_square(g, velocity));
      w = w - other;
    }
  }
  void operator()(V& w, V g, V& velocity, V& average_gradient, V& last) const {
    last = momentum * last + increment(g, variance(g, velocity, average_gradient));
    w = w - last;
  }

 private:
  V mean_square(V g, V& velocity) const { return average(velocity, g * g, rho, one_minus_rho); }
  V variance(V g, V& velocity, V& average_gradient) const {
    average(average_gradient, g, rho, one_minus_rho);
    return mean_square(g, velocity) - average_gradient * average_gradient;
  }
  V increment(V g, V x) const { return learning_rate * g / root<epsilon_outside>(x, epsilon); }
};

/// PyTorch's: epsilon is outside of the root, and the learning rate outside of the momentum.
template <class V, bool centered, bool with_momentum>
struct PyTorchRmsprop {
  static constexpr auto slots = rmsprop_slots<centered, with_momentum>();
  V learning_rate, rho, one_minus_rho, epsilon, momentum;

  void operator()(V& w, V g, V& v) const { w = w - learning_rate * g / scale(g, v); }
  void operator()(V& w, V g, V& v, V& other) const {
    if constexpr (centered)
      w = w - learning_rate * g / scale(g, v, other);
    else
      w = w - learning_rate * (other = other * momentum + g / scale(g, v));
  }
  void operator()(V& w, V g, V& v, V& average_gradient, V& last) const {
    w = w - learning_rate * (last = last * momentum + g / scale(g, v, average_gradient));
  }

 private:
  V scale(V g, V& v) const { return root<true>(average_square(v, g, rho, one_minus_rho), epsilon); }
  V scale(V g, V& v, V& average_gradient) const {
    const V a = approach(average_gradient, g, one_minus_rho);
    return root<true>(average_square(v, g, rho, one_minus_rho) - a * a, epsilon);
  }
};

}  // namespace taper::kernels::update
