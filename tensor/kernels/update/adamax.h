// The rule of Adamax.
#pragma once

#include <taper/tensor/kernels/update/rule.h>

namespace taper::kernels::update {

/// `correction`: 1 - beta_1^t.
template <class V>
struct Adamax {
  static constexpr std::array slots{Slot{"momentum"}, Slot{"norm"}};
  V learning_rate, one_minus_beta_1, beta_2, epsilon, correction;
  void operator()(V& w, V g, V& m, V& norm) const {
    norm = apply<Binary::maximum>(beta_2 * norm, apply<Unary::abs>(g));
    w = w - learning_rate * approach(m, g, one_minus_beta_1) / (correction * (norm + epsilon));
  }
};

/// PyTorch's: epsilon is added to |g|. `rate` is the learning rate / (1 - beta_1^t).
template <class V>
struct PyTorchAdamax {
  static constexpr std::array slots{Slot{"momentum"}, Slot{"norm"}};
  V rate, one_minus_beta_1, beta_2, epsilon;
  void operator()(V& w, V g, V& m, V& norm) const {
    norm = apply<Binary::maximum>(norm * beta_2, apply<Unary::abs>(g) + epsilon);
    w = w - rate * approach(m, g, one_minus_beta_1) / norm;
  }
};

}  // namespace taper::kernels::update
