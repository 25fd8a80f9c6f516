// Rows in lanes: reductions in an order that no instruction set changes. For this folder's .cpp files only.
#pragma once

#include <taper/tensor/kernels/shuffle.h>
#include <taper/tensor/kernels/simd.h>

namespace taper::kernels {
namespace {

template <int by, class V, std::size_t... i>
V rotate(const V& x, std::index_sequence<i...>) {
  return __builtin_shufflevector(x, x, (static_cast<int>(i) + by) % lanes_of<V>...);
}

/// The lanes of a register combined in halves, in every lane: 8 + 8, 4 + 4, ... `combine` is commutative.
template <int half, class T, class Combine>
Vector<T> combine_lanes(const Vector<T>& x, const Combine& combine) {
  if constexpr (half == 0) {
    return x;
  } else {
    const auto other = rotate<half>(__builtin_bit_cast(Raw<T>, x), std::make_index_sequence<width<T>>{});
    return combine_lanes<half / 2, T>(combine(x, __builtin_bit_cast(Vector<T>, other)), combine);
  }
}

/// The same for the lanes of several registers.
template <class T, int registers, class Combine>
Vector<T> combine_lanes(Vector<T> (&lanes)[registers], const Combine& combine) {
  for (int half = registers / 2; half > 0; half /= 2)
    for (int r = 0; r < half; ++r) lanes[r] = combine(lanes[r], lanes[r + half]);
  return combine_lanes<static_cast<int>(width<T> / 2), T>(lanes[0], combine);
}

template <class T>
T first_lane(const Vector<T>& x) {
  return __builtin_bit_cast(Raw<T>, x)[0];
}

}  // namespace
}  // namespace taper::kernels
