// The rule of Lion.
#pragma once

#include <taper/tensor/kernels/update/rule.h>

namespace taper::kernels::update {

template <class V>
struct Lion {
  static constexpr std::array slots{Slot{"momentum"}};
  V learning_rate, beta_1, one_minus_beta_1, beta_2, one_minus_beta_2;
  void operator()(V& w, V g, V& m) const {
    w = w - learning_rate * apply<Unary::sign>(m * beta_1 + g * one_minus_beta_1);
    average(m, g, beta_2, one_minus_beta_2);
  }
};

}  // namespace taper::kernels::update
