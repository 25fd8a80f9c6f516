// Blocks: a light loop for functions that are not many programs' time. For the .cpp files of this folder
// only.
#pragma once

#include <taper/tensor/kernels/elementwise.h>
#include <taper/tensor/kernels/simd.h>

namespace taper::kernels {
namespace {

// Note [Blocks]
// The loops of elementwise.cpp are written out for each function, each layout and several registers together:
// a kilobyte and more a function, for the sake of those that training calls all the time. Here a function has
// one short loop over adjacent elements, and all of a type share the code that walks over rows. Elements that
// do not lie so, or do not fill the last register, are copied to a block on the stack first.

/// Calculates `count` adjacent elements, a multiple of block_lanes<T>.
template <class T>
using Block = void (*)(const T* const* operands, T* out, std::int64_t count);
template <class T>
constexpr std::int64_t block_lanes = static_cast<std::int64_t>(64 / sizeof(T));
constexpr std::int64_t block_size = 128;

template <class T>
[[gnu::noinline]] void in_blocks(const Rows& rows, int operands, Block<T> block) {
  constexpr std::int64_t lanes = block_lanes<T>;
  alignas(64) T copies[2][block_size] = {}, results[block_size];
  const bool adjacent = rows.strides[1] == 1 && (operands == 1 || rows.strides[2] == 1);
  for (std::int64_t row = 0; row < rows.rows; ++row) {
    T* const out = rows.row<T>(0, row);
    const T* in[2] = {rows.row<const T>(1, row), operands == 1 ? nullptr : rows.row<const T>(2, row)};
    std::int64_t i = adjacent ? rows.count / lanes * lanes : 0;
    if (i > 0) block(in, out, i);
    while (i < rows.count) {
      const std::int64_t count = rows.count - i < block_size ? rows.count - i : block_size;
      for (int j = 0; j < operands; ++j) {
        const std::int64_t stride = rows.strides[j + 1];
        for (std::int64_t k = 0; k < count; ++k) copies[j][k] = in[j][(i + k) * stride];
      }
      const T* const copied[2] = {copies[0], copies[1]};
      block(copied, results, (count + lanes - 1) / lanes * lanes);
      for (std::int64_t k = 0; k < count; ++k) out[i + k] = results[k];
      i += count;
    }
  }
}

/// Whether Function<op> is of scalars alone.
template <class Function>
constexpr bool is_scalar = requires {
  Function::scalar;
};

template <class T, class Function, int operands>
void block_of(const T* const* in, T* out, std::int64_t count) {
  const Function function;
  if constexpr (std::is_floating_point_v<T> && !is_scalar<Function>) {
    for (std::int64_t i = 0; i < count; i += width<T>) {
      if constexpr (operands == 1)
        store(out + i, function(load(in[0] + i)));
      else
        store(out + i, function(load(in[0] + i), load(in[1] + i)));
    }
  } else {
    for (std::int64_t i = 0; i < count; ++i) {
      if constexpr (operands == 1)
        out[i] = function(in[0][i]);
      else
        out[i] = function(in[0][i], in[1][i]);
    }
  }
}

/// The loop of a functor: an entry of a table.
template <class T, class Function, int operands>
void block_loop(const Rows& rows) {
  in_blocks<T>(rows, operands, block_of<T, Function, operands>);
}

}  // namespace
}  // namespace taper::kernels
