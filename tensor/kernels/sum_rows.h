// Rows in lanes: reductions in an order that no instruction set changes. For this folder's .cpp files only.
#pragma once

#include <taper/tensor/kernels/math.h>
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

struct Add {
  template <class V>
  V operator()(V a, V b) const {
    return a + b;
  }
};

// Note [Lanes]
// A row is summed in a fixed number of lanes (64): lane i takes elements i, i + 64, ..., and the lanes are
// then added in halves: 32 + 32, 16 + 16, ... So the result does not depend on the width of the registers.
constexpr std::int64_t logical_lanes = 64;

// Note [Sums in blocks]
// The rounding error of a sum in one chain grows with its length. So a lane, or a column, is summed in blocks
// of a few elements; four blocks make a larger one, four of those the next, and so on, as digits make a
// number in base 4: the error grows with the logarithm. What is added to what follows from the number of
// elements alone. (Pairs would be no better, and harder to predict for the processor.)
constexpr std::int64_t block_steps = 8;
constexpr std::int64_t row_block_steps = 16;  // where an element takes more work than an addition

/// The sums of the blocks so far, for `columns` columns side by side.
template <class T, std::int64_t columns>
class Cascade {
 public:
  /// Adds a block's sums of the columns from `at` on.
  template <std::size_t registers, class Combine>
  void add(Vector<T> (&block)[registers], const Combine& combine, std::int64_t at = 0) {
    T* sum = &sums_[0][at];
    std::uint64_t held = blocks_;
    for (; held % together == together - 1; held /= together, sum += columns) take(sum, block, combine);
    if (held % together != 0) take(sum, block, combine);
    for (std::size_t r = 0; r < registers; ++r) store(sum + r * w, block[r]);
  }
  /// To be called when the block is complete: add() has been called for all columns.
  void next() { ++blocks_; }
  /// The sums of all blocks, of which `block` is the last one.
  template <std::size_t registers, class Combine>
  void finish(Vector<T> (&block)[registers], const Combine& combine, std::int64_t at = 0) {
    const T* sum = &sums_[0][at];
    for (std::uint64_t held = blocks_; held != 0; held /= together, sum += columns)
      if (held % together != 0) take(sum, block, combine);
  }

 private:
  static constexpr std::size_t w = width<T>;
  static constexpr std::uint64_t together = 4;

  template <std::size_t registers, class Combine>
  static void take(const T* sum, Vector<T> (&block)[registers], const Combine& combine) {
    for (std::size_t r = 0; r < registers; ++r) block[r] = combine(load(sum + r * w), block[r]);
  }

  alignas(64) T sums_[16][columns];  // [i]: of up to three times 4^i blocks
  std::uint64_t blocks_ = 0;
};

/// The part of begin..end-1 that fills all lanes: where it ends. See Note [Registers together].
template <class T, int registers, class Combine, class Map, class Keep>
[[gnu::flatten]] std::int64_t reduce_together(std::int64_t begin, std::int64_t end,
                                              Vector<T> (&lanes)[registers], const Combine& combine,
                                              const Map& map, const Keep& keep) {
  constexpr std::int64_t w = width<T>;
  constexpr int together = registers < registers_together ? registers : registers_together;
  std::int64_t i = begin;
  for (; i + logical_lanes <= end; i += logical_lanes)
    for (int r = 0; r < registers; r += together) {
      Vector<T> mapped[together];
#pragma GCC unroll 4
      for (int j = 0; j < together; ++j) mapped[j] = map(i + (r + j) * w, w);
#pragma GCC unroll 4
      for (int j = 0; j < together; ++j) keep(i + (r + j) * w, mapped[j], w);
#pragma GCC unroll 4
      for (int j = 0; j < together; ++j) lanes[r + j] = combine(lanes[r + j], mapped[j]);
    }
  return i;
}

/// The elements begin..end-1 of a row in logical lanes, in every lane of the result; `map` is applied to each
/// batch of elements first, and gives `identity` behind the end; `keep` is told what it gave.
template <class T, class Combine, class Map, class Keep>
Vector<T> reduce_part(std::int64_t begin, std::int64_t end, Combine combine, T identity, Map map, Keep keep) {
  constexpr std::int64_t w = width<T>;
  const auto take = [&](const Vector<T>& lane, std::int64_t i, std::int64_t count) {
    const Vector<T> mapped = map(i, count);
    keep(i, mapped, count);
    return combine(lane, mapped);
  };
  // What the other registers would add makes no difference.
  if (end - begin <= w)
    return combine_lanes<static_cast<int>(w / 2), T>(take(Vector<T>(identity), begin, end - begin), combine);
  constexpr int registers = static_cast<int>(logical_lanes / w);
  Vector<T> lanes[registers];
  for (Vector<T>& lane : lanes) lane = Vector<T>(identity);
  std::int64_t i = reduce_together<T>(begin, end, lanes, combine, map, keep);
  for (int r = 0; r < registers && i < end; ++r, i += w)
    lanes[r] = take(lanes[r], i, end - i < w ? end - i : w);
  return combine_lanes(lanes, combine);
}

constexpr auto keep_nothing = [](std::int64_t, const auto&, std::int64_t) {};

/// The sum of a row of `map`, as above.
template <class T, class Map, class Keep>
Vector<T> sum_row(std::int64_t length, Map map, Keep keep) {
  constexpr std::int64_t block = row_block_steps * logical_lanes;
  Cascade<T, width<T>> sums;
  for (std::int64_t begin = 0;; begin += block) {
    const bool last = length - begin <= block;
    Vector<T> sum[] = {reduce_part<T>(begin, last ? length : begin + block, Add(), T(0), map, keep)};
    if (last) {
      if (begin > 0) sums.finish(sum, Add());
      return sum[0];
    }
    sums.add(sum, Add());
    sums.next();
  }
}
template <class T, class Map>
Vector<T> sum_row(std::int64_t length, Map map) {
  return sum_row<T>(length, map, keep_nothing);
}

}  // namespace
}  // namespace taper::kernels
