// Shuffles of two registers, written on the compiler's vectors. For the .cpp files of this folder only.
#pragma once

#include <cstring>
#include <utility>

#include <taper/tensor/kernels/simd.h>

namespace taper::kernels {
namespace {

template <class T, int lanes = static_cast<int>(width<T>)>
using Raw [[gnu::vector_size(lanes * sizeof(T))]] = T;

template <class V, class T>
V load_raw(const T* from) {
  V result;
  std::memcpy(&result, from, sizeof(V));
  return result;
}
template <class V, class T>
void store_raw(T* to, const V& value) {
  std::memcpy(to, &value, sizeof(V));
}

template <class V>
constexpr int lanes_of = static_cast<int>(sizeof(V) / sizeof(std::declval<V>()[0]));

template <int step, int shift, class V, std::size_t... i>
V every_second(const V& a, const V& b, std::index_sequence<i...>) {
  return __builtin_shufflevector(a, b, static_cast<int>(i) * step + shift...);
}
/// a0 a2 ... b0 b2 ... and a1 a3 ... b1 b3 ...
template <class V>
V even(const V& a, const V& b) {
  return every_second<2, 0>(a, b, std::make_index_sequence<lanes_of<V>>{});
}
template <class V>
V odd(const V& a, const V& b) {
  return every_second<2, 1>(a, b, std::make_index_sequence<lanes_of<V>>{});
}

template <int begin, class V, std::size_t... i>
V interleave(const V& a, const V& b, std::index_sequence<i...>) {
  return __builtin_shufflevector(a, b,
                                 begin + static_cast<int>(i) / 2 + static_cast<int>(i) % 2 * lanes_of<V>...);
}
/// a0 b0 a1 b1 ...: the first register of two, and the second.
template <class V>
V interleave_low(const V& a, const V& b) {
  return interleave<0>(a, b, std::make_index_sequence<lanes_of<V>>{});
}
template <class V>
V interleave_high(const V& a, const V& b) {
  return interleave<lanes_of<V> / 2>(a, b, std::make_index_sequence<lanes_of<V>>{});
}

}  // namespace
}  // namespace taper::kernels
