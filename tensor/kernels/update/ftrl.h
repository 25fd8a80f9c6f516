// The rule of Ftrl.
#pragma once

#include <taper/tensor/kernels/update/rule.h>

namespace taper::kernels::update {

/// `power`: -learning_rate_power. `square_root`: it is 1/2.
template <class V, bool square_root>
struct Ftrl {
  static constexpr std::array slots{Slot{"accumulator"}, Slot{"linear"}};
  V learning_rate, power, l1, twice_l2, twice_shrinkage;
  void operator()(V& w, V g, V& accumulator, V& linear) const {
    const V sum = accumulator + g * g, raised = raise(sum), zero(0);
    linear = linear + (g + twice_shrinkage * w - growth(accumulator, sum, raised) / learning_rate * w);
    const V clipped = select(linear > l1, l1, select(linear < zero - l1, zero - l1, linear));
    w = (clipped - linear) / (raised / learning_rate + twice_l2);
    accumulator = sum;
  }

 private:
  V raise(V x) const {
    if constexpr (square_root)
      return apply<Unary::sqrt>(x);
    else
      return apply<Binary::pow>(x, power);
  }
  /// raise(sum) - raise(n), which are close to each other after many steps. From the difference of what is
  /// kept as n, rather than from g * g, so that all growths add up to the whole.
  V growth(V n, V sum, V raised) const {
    const V zero(0), one(1), from = raise(n);
    if constexpr (square_root) {
      return select(raised > zero, (sum - n) / (raised + from), zero);
    } else {
      const V exponent = power * apply<Unary::log1p>((sum - n) / n);
      return select(exponent < one, from * apply<Unary::expm1>(exponent), raised - from);
    }
  }
};

}  // namespace taper::kernels::update
