// Matrix products, each with its gradient.
#include <fmt/format.h>

#include <taper/autograd/ops/activation.h>
#include <taper/autograd/ops/matmul.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/autograd/ops/shape.h>
#include <taper/autograd/record.h>
#include <taper/tensor/check.h>
#include <taper/tensor/error.h>
#include <taper/tensor/matmul.h>

namespace taper {
namespace {

// Merges all leading axes: [..., K] -> [rows, K].
Tensor as_rows(const Tensor& x) {
  std::int64_t rows = 1;
  for (int i = 0; i < x.rank() - 1; ++i) rows *= x.shape()[i];
  return x.rank() == 2 ? x : reshape(x, {rows, x.shape().back()});
}

Shape with_last(Shape shape, std::int64_t extent) {
  shape[shape.rank() - 1] = extent;
  return shape;
}

// Both operands have rank 2 or more.
Tensor product(const Tensor& a, const Tensor& b) {
  // The same matrix b for all matrices of a: one product of all rows, whose gradient needs no sum over the
  // leading axes.
  if (a.rank() > 2 && b.rank() == 2)
    return reshape(product(as_rows(a), b), with_last(a.shape(), b.shape()[1]));
  return record("matmul", compute::matmul("matmul", a, b), {save(a), save(b)},
                [](const Backward& at, const Tensor& g) {
                  return at.each([&] { return product(g, transpose(at.input(1))); },
                                 [&] { return product(transpose(at.input(0)), g); });
                });
}

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b) {
  compute::check_defined("matmul", a, "the first operand");
  compute::check_defined("matmul", b, "the second operand");
  if (a.rank() == 0 || b.rank() == 0)
    throw ShapeError(fmt::format("matmul: expected operands of rank 1 or more, got shapes {} and {}",
                                 to_string(a.shape()), to_string(b.shape())));
  const int last_a = a.rank() - 1, last_b = b.rank() > 1 ? b.rank() - 2 : 0;
  if (a.shape()[last_a] != b.shape()[last_b])
    throw ShapeError(
        fmt::format("matmul: shapes {} and {} do not fit together: the last extent of the first, {}, must "
                    "equal the {} extent of the second, {}",
                    to_string(a.shape()), to_string(b.shape()), a.shape()[last_a],
                    b.rank() > 1 ? "second to last" : "only", b.shape()[last_b]));
  if (a.rank() == 1) {
    const Tensor row = matmul(unsqueeze(a, 0), b);
    return squeeze(row, b.rank() == 1 ? 0 : -2);
  }
  if (b.rank() == 1) return squeeze(product(a, unsqueeze(b, 1)), -1);
  return product(a, b);
}

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias, Activation activation) {
  compute::check_defined("linear", x);
  compute::check_defined("linear", weight, "the weight");
  if (x.rank() == 0 || weight.rank() != 2)
    throw ShapeError(fmt::format("linear: expected x [..., in] and a weight [out, in], got {} and {}",
                                 to_string(x.shape()), to_string(weight.shape())));
  if (const std::int64_t wanted = weight.shape()[1]; x.shape().back() != wanted)
    throw ShapeError(fmt::format("linear: x {} has {} features on its last axis, the weight {} wants {}{}",
                                 to_string(x.shape()), x.shape().back(), to_string(weight.shape()), wanted,
                                 x.rank() > 2 && x.shape()[0] > 0 && x.numel() / x.shape()[0] == wanted
                                     ? "; flatten(x, 1) has them"
                                     : ""));
  if (x.dtype() != weight.dtype() && is_floating(weight.dtype()))
    throw DTypeError(fmt::format(
        "linear: x is {0}, the weight {1}; convert x with to(x, {1}){2}", name(x.dtype()),
        name(weight.dtype()),
        is_floating(x.dtype()) ? fmt::format(", or the model with model.to({})", name(x.dtype())) : ""));
  if (bias.defined() && bias.shape() != Shape{weight.shape()[0]})
    throw ShapeError(fmt::format("linear: expected a bias [{}] for the weight {}, got {}", weight.shape()[0],
                                 to_string(weight.shape()), to_string(bias.shape())));
  if (x.rank() != 2)
    return reshape(linear(as_rows(x), weight, bias, activation), with_last(x.shape(), weight.shape()[0]));
  const bool relu = activation == Activation::relu;
  const Tensor columns = weight.alias(weight.layout().transpose("linear", 0, 1));
  const Tensor shift = bias.defined() ? compute::contiguous(bias) : Tensor();
  const Tensor result = compute::matmul("linear", x, columns, bias.defined() ? &shift : nullptr, relu);
  detail::describe([&] { return Attributes{{"activation", relu ? "relu" : ""}}; });
  // A missing bias is recorded as a number, which has no gradient.
  return record("linear", relu ? Output(save(result)) : Output(result),
                {save(x), save(weight), bias.defined() ? Operand(bias) : Operand(0.0)},
                [relu](const Backward& at, const Tensor& upstream) {
                  const Tensor g = relu ? relu_gradient(upstream, at.output()) : upstream;
                  return at.each([&] { return product(g, at.input(1)); },
                                 [&] { return product(transpose(g), at.input(0)); },
                                 [&] { return sum(g, {0}); });
                });
}

}  // namespace taper
