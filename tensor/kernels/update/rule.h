// What makes up an update rule.
#pragma once

#include <array>

#include <taper/tensor/ops.h>

namespace taper::kernels::update {

// Note [Update rules]
// A rule is a struct template of a type of numbers V. Its members are its constants, `slots` describes the
// tensors that it keeps for each parameter, and operator()(w, g, slot...) is the formula: it changes the
// parameter w and the slots. An optimizer fills in the constants with V = double; the kernels turn them into
// vectors, member by member, and call the formula for each vector of elements.
//
// Note [Rounding]
// The formulas keep the order of operations of Keras's update_step and round after each one (no FMA), so that
// they give Keras's digits, the same ones on every instruction set. Memory is the bottleneck, not arithmetic.
// Those of PyTorch keep its order too, but PyTorch fuses some operations, depending on the machine.

struct Slot {
  const char* name;
  /// Keras lists slots of one group parameter by parameter (m of a, v of a, m of b, ...), and one group
  /// after the other: the order of state_dict().
  int group = 0;
  double initial = 0;
};

using compute::Binary, compute::Unary;

/// The functions that formulas call, on vectors: defined in optimizer.cpp, where they become kernels.
template <Unary op, class V>
V apply(V x);
template <Binary op, class V>
V apply(V a, V b);

/// average = keep * average + (1 - keep) * x, which is returned.
template <class V>
V average(V& average, V x, V keep, V one_minus_keep) {
  return average = keep * average + one_minus_keep * x;
}
/// The same in Adam's order: average + (x - average) * (1 - keep).
template <class V>
V approach(V& average, V x, V one_minus_keep) {
  return average = average + (x - average) * one_minus_keep;
}
/// The same for the square of x, in PyTorch's order.
template <class V>
V average_square(V& average, V x, V keep, V one_minus_keep) {
  return average = average * keep + one_minus_keep * x * x;
}
/// The root of x with epsilon added to it, or to x.
template <bool epsilon_outside, class V>
V root(V x, V epsilon) {
  return epsilon_outside ? apply<Unary::sqrt>(x) + epsilon : apply<Unary::sqrt>(x + epsilon);
}

template <class Rule, class V>
struct WithNumbers;
template <template <class, bool...> class Rule, bool... flags, class V>
struct WithNumbers<Rule<double, flags...>, V> {
  using type = Rule<V, flags...>;
};

}  // namespace taper::kernels::update
