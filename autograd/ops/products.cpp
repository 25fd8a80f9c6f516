// Products of tensors, made of other operations, and distances.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/arrange.h>
#include <taper/autograd/ops/math.h>
#include <taper/autograd/ops/matmul.h>
#include <taper/autograd/ops/products.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/autograd/ops/shape.h>
#include <taper/autograd/record.h>
#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>

namespace taper {
namespace {

void check_operands(const char* function, const Tensor& a, const Tensor& b) {
  compute::check_defined(function, a, "the first operand");
  compute::check_defined(function, b, "the second operand");
}

void check_vectors(const char* function, const Tensor& a, const Tensor& b, bool equal) {
  check_operands(function, a, b);
  if (a.rank() != 1 || b.rank() != 1 || (equal && a.numel() != b.numel()))
    throw ShapeError(fmt::format("{}: expected two vectors{}, got shapes {} and {}", function,
                                 equal ? " of one length" : "", to_string(a.shape()), to_string(b.shape())));
}

}  // namespace

Tensor inner(const Tensor& a, const Tensor& b) {
  check_operands("inner", a, b);
  if (a.rank() == 0 || b.rank() == 0) return a * b;
  if (a.size(-1) != b.size(-1))
    throw ShapeError(fmt::format("inner: expected equal last extents, got shapes {} and {}",
                                 to_string(a.shape()), to_string(b.shape())));
  return tensordot(a, b, {-1}, {-1});
}

Tensor dot(const Tensor& a, const Tensor& b) {
  check_vectors("dot", a, b, true);
  return tensordot(a, b, 1);
}

Tensor outer(const Tensor& a, const Tensor& b) {
  check_vectors("outer", a, b, false);
  return unsqueeze(a, 1) * b;
}

Tensor kron(const Tensor& a, const Tensor& b) {
  check_operands("kron", a, b);
  const int rank = std::max(a.rank(), b.rank());
  if (2 * rank > Shape::max_rank)
    throw ShapeError(fmt::format("kron: expected at most {} axes, got shapes {} and {}", Shape::max_rank / 2,
                                 to_string(a.shape()), to_string(b.shape())));
  Shape shape_a, shape_b, shape;
  for (int i = 0; i < rank; ++i) {
    const int of_a = i - rank + a.rank(), of_b = i - rank + b.rank();
    const std::int64_t m = of_a < 0 ? 1 : a.shape()[of_a], n = of_b < 0 ? 1 : b.shape()[of_b];
    shape_a.push_back(m);
    shape_a.push_back(1);
    shape_b.push_back(1);
    shape_b.push_back(n);
    shape.push_back(0);
    if (__builtin_mul_overflow(m, n, &shape[i]))
      throw ShapeError(fmt::format("kron: shapes {} and {} have too many elements for 64-bit indices",
                                   to_string(a.shape()), to_string(b.shape())));
  }
  return reshape(reshape(a, shape_a) * reshape(b, shape_b), shape);
}

Tensor bilinear(const Tensor& a, const Tensor& b, const Tensor& weight, const Tensor& bias) {
  check_operands("bilinear", a, b);
  compute::check_defined("bilinear", weight, "the weight");
  if (weight.rank() != 3 || a.rank() == 0 || b.rank() == 0 || a.size(-1) != weight.size(1) ||
      b.size(-1) != weight.size(2))
    throw ShapeError(
        fmt::format("bilinear: expected [..., m], [..., n] and a weight [out, m, n], got shapes {}, "
                    "{} and {}",
                    to_string(a.shape()), to_string(b.shape()), to_string(weight.shape())));
  compute::check_same_dtype("bilinear", a, b, "the second operand");
  compute::check_same_dtype("bilinear", a, weight, "the weight");
  Tensor y = einsum("...i,oij,...j->...o", {a, weight, b});
  if (!bias.defined()) return y;
  compute::check_shape("bilinear", bias, {weight.size(0)}, "the bias");
  compute::check_same_dtype("bilinear", a, bias, "the bias");
  return y + bias;
}

Tensor cross(const Tensor& a, const Tensor& b, std::int64_t axis) {
  check_operands("cross", a, b);
  if (a.rank() != b.rank())
    throw ShapeError(
        fmt::format("cross: expected operands with the same number of axes, got shapes {} and {}",
                    to_string(a.shape()), to_string(b.shape())));
  const int at = normalize_axis("cross", axis, a.rank());
  if (a.size(at) != 3 || b.size(at) != 3)
    throw ShapeError(fmt::format("cross: expected extent 3 of axis {}, got shapes {} and {}", axis,
                                 to_string(a.shape()), to_string(b.shape())));
  return roll(a, -1, at) * roll(b, -2, at) - roll(a, -2, at) * roll(b, -1, at);
}

namespace {

// x / y, and 0 where y is 0.
Tensor ratio(const Tensor& x, const Tensor& y) {
  const Tensor none = y == 0;
  return where(none, 0, x / where(none, 1, y));
}

// The difference of each row of a and each of b: [..., m, n, d].
Tensor differences(const Tensor& a, const Tensor& b) { return unsqueeze(a, -2) - unsqueeze(b, -3); }

// x to the power p, for x >= 0, with the gradient 0 where x is 0.
Tensor positive_power(const Tensor& x, double p) {
  const Tensor none = x == 0;
  return where(none, 0, pow(where(none, 1, x), p));
}

Tensor euclidean_distances(const Tensor& a, const Tensor& b, const Shape& shape) {
  // The differences of a few rows of a at a time.
  constexpr std::int64_t enough = 1 << 20;
  Tensor result = Tensor::empty(shape, a.dtype(), "cdist");
  if (result.numel() > 0) {
    const NoGrad guard;
    const std::int64_t rows = a.size(-2), of_one = std::max<std::int64_t>(result.numel() / rows, 1),
                       width = std::max<std::int64_t>(b.size(-1), 1),
                       step = std::max<std::int64_t>(enough / of_one / width, 1);
    for (std::int64_t i = 0; i < rows; i += step) {
      const std::int64_t end = std::min(rows, i + step);
      Tensor place = result.alias(result.layout().slice("cdist", -2, i, end));
      compute::copy(place, sqrt(sum(square(differences(slice(a, -2, i, end), b)), -1)));
    }
  }
  return record("cdist", save(result), {save(a), save(b)}, [](const Backward& at, const Tensor& g) {
    const Tensor a = at.input(0), b = at.input(1), weights = ratio(g, at.output()),
                 turned = transpose(weights);
    return at.each([&] { return a * sum(weights, -1, true) - matmul(weights, b); },
                   [&] { return b * sum(turned, -1, true) - matmul(turned, a); });
  });
}

}  // namespace

Tensor cdist(const Tensor& a, const Tensor& b, double p) {
  check_operands("cdist", a, b);
  compute::check_floating("cdist", a);
  compute::check_same_dtype("cdist", a, b, "the second operand");
  if (!(p >= 0)) throw ValueError(fmt::format("cdist: expected p >= 0, got {}", p));
  if (a.rank() < 2 || b.rank() < 2 || a.size(-1) != b.size(-1))
    throw ShapeError(fmt::format("cdist: expected points [..., m, d] and [..., n, d], got shapes {} and {}",
                                 to_string(a.shape()), to_string(b.shape())));
  const auto leading = [](Shape shape, std::int64_t rows) {
    shape.erase(-1);
    shape[-1] = rows;
    return shape;
  };
  Shape shape = broadcast("cdist", leading(a.shape(), 1), leading(b.shape(), 1));
  shape[-1] = a.size(-2);
  shape.push_back(b.size(-2));
  if (p == 2) return euclidean_distances(a, b, shape);
  const Tensor apart = abs(differences(a, b));
  if (p == 0) return sum(to(apart != 0, a.dtype()), -1);
  if (p == 1) return sum(apart, -1);
  if (std::isinf(p)) return a.size(-1) == 0 ? sum(apart, -1) : max(apart, -1);
  return positive_power(sum(positive_power(apart, p), -1), 1 / p);
}

}  // namespace taper
