// Random views for the tests: every kind of layout that a tensor can have.
#pragma once

#include <algorithm>
#include <random>

#include <taper/tensor/create.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/tensor.h>

/// Numbers for tests, the same in each run.
class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  std::int64_t operator()(std::int64_t low, std::int64_t high) {  // both included
    return low + static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(high - low + 1));
  }

 private:
  std::mt19937_64 engine_;
};

/// One random view of `layout`: permuted, sliced, indexed, expanded, or with an axis more or less.
inline taper::Layout random_step(const taper::Layout& layout, Random& random) {
  using namespace taper;
  const int rank = layout.rank();
  const std::int64_t axis = rank == 0 ? 0 : random(0, rank - 1);
  switch (random(0, 6)) {
    case 0: {
      Axes axes;
      for (int i = 0; i < rank; ++i) axes.push_back(i);
      for (int i = rank - 1; i > 0; --i) std::swap(axes[i], axes[static_cast<int>(random(0, i))]);
      return layout.permute("test", axes);
    }
    case 1:
    case 2:
      if (rank == 0) return layout;
      return layout.slice("test", axis, random(-5, 5), random(-5, 9), random(1, 3));
    case 3:
      if (rank == 0 || layout.shape[static_cast<int>(axis)] == 0) return layout;
      return layout.select("test", axis, random(0, layout.shape[static_cast<int>(axis)] - 1));
    case 4:
      return rank < 5 ? layout.unsqueeze("test", random(-rank - 1, rank)) : layout;
    case 5:
      return rank > 0 && layout.shape[static_cast<int>(axis)] == 1 ? layout.squeeze("test", axis) : layout;
    default: {
      Shape target = layout.shape;
      for (std::int64_t& extent : target)
        if (extent == 1) extent = random(0, 3);
      return layout.expand("test", target);
    }
  }
}

/// A view of exactly `shape` whose elements lie scattered in a larger block, in a random order of axes.
inline taper::Tensor scattered(const taper::Tensor& x, Random& random) {
  using namespace taper;
  const int rank = x.rank();
  Axes order, inverse(x.shape());
  for (int i = 0; i < rank; ++i) order.push_back(i);
  for (int i = rank - 1; i > 0; --i) std::swap(order[i], order[static_cast<int>(random(0, i))]);
  Shape outer;
  for (int i = 0; i < rank; ++i) {
    outer.push_back(x.shape()[static_cast<int>(order[i])] * 2 + 1);
    inverse[static_cast<int>(order[i])] = i;
  }
  Tensor block = zeros(outer, x.dtype());
  Layout layout = block.layout().permute("test", inverse);
  for (int i = 0; i < rank; ++i) layout = layout.slice("test", i, 1, 1 + 2 * x.shape()[i], 2);
  Tensor view = block.alias(layout);
  compute::copy(view, x);
  return view;
}
