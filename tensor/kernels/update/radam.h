// The rule of RAdam.
#pragma once

#include <taper/tensor/kernels/update/rule.h>

namespace taper::kernels::update {

/// `rectified`: divide by the root of the average of squares. `rate`: the learning rate with the bias
/// corrections and the rectification.
template <class V, bool rectified>
struct Radam {
  static constexpr std::array slots{Slot{"momentum"}, Slot{"velocity"}};
  V rate, one_minus_beta_1, beta_2, one_minus_beta_2, epsilon;
  void operator()(V& w, V g, V& m, V& v) const {
    approach(m, g, one_minus_beta_1);
    average(v, g * g, beta_2, one_minus_beta_2);
    w = w - (rectified ? m * rate / root<true>(v, epsilon) : m * rate);
  }
};

}  // namespace taper::kernels::update
