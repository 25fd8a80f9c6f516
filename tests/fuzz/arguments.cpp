// Arguments of operations: shapes with few elements, values with and without extremes.
#include "arguments.h"

#include <taper/autograd/ops/arithmetic.h>
#include <taper/tensor/create.h>

using namespace taper;

Tensor Arguments::tensor() {
  const std::size_t choice = byte();
  if (choice == 255 || made.empty()) return {};
  return made[choice % made.size()];
}

Tensor Arguments::differentiable() {
  const std::size_t choice = byte();
  for (std::size_t i = 0; i < made.size(); ++i)
    if (const Tensor& x = made[(choice + i) % made.size()]; x.requires_grad()) return x;
  return tensor();
}

Tensor Arguments::tensor(const Shape& shape, DType wanted) {
  if (seldom()) return tensor();
  return create(near(shape), seldom() ? dtype() : wanted);
}

Tensor Arguments::partner(const Tensor& x) {
  if (!x.defined() || seldom()) return tensor();
  Shape shape = x.shape();
  const std::size_t change = below(8);
  if (change == 1 && shape.rank() > 0) shape[static_cast<int>(below(8)) % shape.rank()] = 1;
  if (change == 2 && shape.rank() > 0) shape.erase(0);
  if (change == 3) shape = Shape::filled(shape.rank(), 1);
  return tensor(shape, x.dtype());
}

Tensor Arguments::indices(const Shape& shape, std::int64_t bound) {
  if (seldom()) return tensor();
  const bool inside = !seldom();
  const std::int64_t high = inside ? std::max<std::int64_t>(bound, 1) : bound + 2;
  return random_integers(near(shape), inside ? 0 : -2, high, seldom() ? dtype() : int64, generator());
}

Tensor Arguments::create(const Shape& shape, DType type) {
  const std::size_t kind = below(8);
  Tensor x;
  if (is_storage_only(type)) return to(create(shape, float32).detach(), type);
  if (type == boolean)
    x = bernoulli(shape, 0.5, float32, generator()) != 0;
  else if (!is_floating(type))
    x = random_integers(shape, 0, kind < 4 ? 3 : 100, type, generator());
  else if (kind == 0)
    x = full(shape, number(), type);
  else if (kind == 1)  // some elements are extreme
    x = where(bernoulli(shape, 0.2, type, generator()) != 0, number(),
              uniform(shape, -2, 2, type, generator()));
  else if (kind == 2)  // ties
    x = to(random_integers(shape, 0, 3, int64, generator()), type) - 1;
  else if (kind == 3)
    x = uniform(shape, 0, 1, type, generator());
  else
    x = normal(shape, 0, kind == 4 ? 100 : 1, type, generator());
  if (is_floating(type) && !flag()) x.set_requires_grad();
  return x;
}

Shape Arguments::shape() {
  Shape shape;
  const std::size_t rank = below(6);
  for (std::size_t i = 0; i < rank; ++i) {
    const auto choice = static_cast<std::int64_t>(byte());
    shape.push_back(choice < 224 ? choice % 8 : choice < 240 ? 17 + choice % 32 : choice < 255 ? 130 : -1);
  }
  // Large enough for several threads, with few axes.
  if (rank > 0 && rank < 4 && below(8) == 7)
    shape[static_cast<int>(below(rank))] = 60000 / std::max<std::int64_t>(1, shape.numel());
  return shape;
}

Shape Arguments::near(Shape wanted) {
  if (!seldom()) return wanted;
  if (wanted.rank() == 0 || flag()) return shape();
  wanted[static_cast<int>(below(8)) % wanted.rank()] = integer();
  return wanted;
}

DType Arguments::dtype() {
  const std::size_t choice = below(16);
  if (choice == 15) return flag() ? float16 : bfloat16;
  return choice < 8 ? float32 : choice < 11 ? float64 : static_cast<DType>(choice - 11);
}

std::int64_t Arguments::axis(const Tensor& x) {
  const int rank = x.defined() ? x.rank() : 0;
  if (rank == 0 || seldom()) return integer();
  return static_cast<std::int64_t>(below(static_cast<std::size_t>(2 * rank))) - rank;
}

Axes Arguments::axes(const Tensor& x) {
  Axes axes;
  for (std::size_t i = below(4); i > 0; --i) axes.push_back(axis(x));
  return axes;
}

Extent2d Arguments::extent(std::int64_t usual) {
  switch (below(4)) {
    case 0:
      return integer();
    case 1:
      return {integer(), usual};
    default:
      return usual;
  }
}

Generator& Arguments::generator() { return generator_; }
