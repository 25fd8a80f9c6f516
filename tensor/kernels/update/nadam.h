// The rule of Nadam.
#pragma once

#include <taper/tensor/kernels/update/rule.h>

namespace taper::kernels::update {

/// The momentum of step t is u_t = beta_1 * (1 - 0.96^t / 2).
template <class V>
struct Nadam {
  static constexpr std::array slots{Slot{"momentum"}, Slot{"velocity"}};
  V learning_rate, one_minus_beta_1, one_minus_beta_2, epsilon;
  V u_next;             // u_(t + 1)
  V correction_next;    // 1 - u_1 * ... * u_(t + 1)
  V one_minus_u;        // 1 - u_t
  V correction;         // 1 - u_1 * ... * u_t
  V beta_2_correction;  // 1 - beta_2^t
  void operator()(V& w, V g, V& m, V& v) const {
    const V ahead =
        u_next * approach(m, g, one_minus_beta_1) / correction_next + one_minus_u * g / correction;
    const V mean_square = approach(v, g * g, one_minus_beta_2) / beta_2_correction;
    w = w - ahead * learning_rate / root<true>(mean_square, epsilon);
  }
};

/// PyTorch's. The rates are the learning rate times u_(t + 1) / correction_next and one_minus_u / correction.
template <class V>
struct PyTorchNadam {
  static constexpr std::array slots{Slot{"momentum"}, Slot{"velocity"}};
  V one_minus_beta_1, beta_2, one_minus_beta_2, epsilon, beta_2_correction, momentum_rate, gradient_rate;
  void operator()(V& w, V g, V& m, V& v) const {
    approach(m, g, one_minus_beta_1);
    const V scale = root<true>(average_square(v, g, beta_2, one_minus_beta_2) / beta_2_correction, epsilon);
    w = w - gradient_rate * g / scale - momentum_rate * m / scale;
  }
};

}  // namespace taper::kernels::update
