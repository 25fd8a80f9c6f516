// The rule of Adam and AdamW.
#pragma once

#include <taper/tensor/kernels/update/rule.h>

namespace taper::kernels::update {

template <bool amsgrad>
constexpr auto adam_slots() {
  std::array<Slot, 2 + amsgrad> list{Slot{"momentum"}, Slot{"velocity"}};
  if constexpr (amsgrad) list[2] = {"velocity_hat", 1};
  return list;
}

/// `alpha` is the learning rate with both bias corrections.
template <class V, bool amsgrad>
struct Adam {
  static constexpr auto slots = adam_slots<amsgrad>();
  V alpha, one_minus_beta_1, one_minus_beta_2, epsilon;

  void operator()(V& w, V g, V& m, V& v) const {
    step(w, approach(m, g, one_minus_beta_1), approach(v, g * g, one_minus_beta_2));
  }
  void operator()(V& w, V g, V& m, V& v, V& largest) const {
    approach(v, g * g, one_minus_beta_2);
    largest = apply<Binary::maximum>(v, largest);
    step(w, approach(m, g, one_minus_beta_1), largest);
  }

 private:
  void step(V& w, V m, V v) const { w = w - m * alpha / root<true>(v, epsilon); }
};

/// PyTorch's: epsilon is added after the bias correction of v. `rate` is the learning rate / (1 - beta_1^t),
/// `correction` the root of 1 - beta_2^t.
template <class V, bool amsgrad>
struct PyTorchAdam {
  static constexpr auto slots = adam_slots<amsgrad>();
  V rate, one_minus_beta_1, beta_2, one_minus_beta_2, epsilon, correction;

  void operator()(V& w, V g, V& m, V& v) const {
    step(w, approach(m, g, one_minus_beta_1), average_square(v, g, beta_2, one_minus_beta_2));
  }
  void operator()(V& w, V g, V& m, V& v, V& largest) const {
    largest = apply<Binary::maximum>(largest, average_square(v, g, beta_2, one_minus_beta_2));
    step(w, approach(m, g, one_minus_beta_1), largest);
  }

 private:
  void step(V& w, V m, V v) const { w = w - rate * m / (apply<Unary::sqrt>(v) / correction + epsilon); }
};

}  // namespace taper::kernels::update
