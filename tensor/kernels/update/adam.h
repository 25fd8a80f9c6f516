// The rule of Adam and AdamW.
#pragma once

#include <taper/tensor/kernels/update/rule.h>

namespace taper::kernels::update {

/// `alpha` is the learning rate with both bias corrections.
template <class V, bool amsgrad>
struct Adam {
  static constexpr auto slots = [] {
    std::array<Slot, 2 + amsgrad> list{Slot{"momentum"}, Slot{"velocity"}};
    if constexpr (amsgrad) list[2] = {"velocity_hat", 1};
    return list;
  }();
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

}  // namespace taper::kernels::update
