// Activation functions: each with its gradient.
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include <taper/autograd/ops/activation.h>
#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/arrange.h>
#include <taper/autograd/ops/index.h>
#include <taper/autograd/ops/logic.h>
#include <taper/autograd/ops/math.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/autograd/ops/scan.h>
#include <taper/autograd/ops/shape.h>
#include <taper/autograd/ops/sort.h>
#include <taper/autograd/record.h>
#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

namespace taper {
namespace {

using compute::Binary;
using compute::binary;
using compute::check_floating;
using compute::Special;
using compute::SpecialPair;
using compute::unary;
using compute::Unary;

// The gradients of sigmoid and tanh, given the gradient g of the result y, each in one pass. They are linear
// in g.

Tensor sigmoid_gradient(const Tensor& g, const Tensor& y) {
  return record("sigmoid_gradient", binary("sigmoid_gradient", Binary::sigmoid_gradient, g, y),
                {save(g), save(y)}, [](const Backward& at, const Tensor& h) {
                  const Tensor y = at.input(1);
                  return at.each([&] { return sigmoid_gradient(h, y); },
                                 [&] { return h * at.input(0) * (1 - 2 * y); });
                });
}

Tensor tanh_gradient(const Tensor& g, const Tensor& y) {
  return record("tanh_gradient", binary("tanh_gradient", Binary::tanh_gradient, g, y), {save(g), save(y)},
                [](const Backward& at, const Tensor& h) {
                  const Tensor y = at.input(1);
                  return at.each([&] { return tanh_gradient(h, y); },
                                 [&] { return -2 * h * at.input(0) * y; });
                });
}

// The cumulative distribution function of the standard normal distribution.
Tensor normal_cdf(const Tensor& x) {
  constexpr double scale = 0.5 * std::numbers::sqrt2 * std::numbers::inv_sqrtpi;
  return record(
      "normal_cdf", unary("normal_cdf", Unary::normal_cdf, x), {save(x)},
      [](const Backward& at, const Tensor& g) { return g * (exp(-0.5 * square(at.input(0))) * scale); });
}

Tensor gelu_slope(const Tensor& x) {
  constexpr double scale = 0.5 * std::numbers::sqrt2 * std::numbers::inv_sqrtpi;
  return normal_cdf(x) + x * exp(-0.5 * square(x)) * scale;
}

// The derivative of x * sigmoid(y), where y = 2 sqrt(2 / pi) (x + 0.044715 x^3).
Tensor gelu_tanh_slope(const Tensor& x) {
  constexpr double scale = 2 * std::numbers::sqrt2 * std::numbers::inv_sqrtpi, cubic = 0.044715;
  const Tensor x2 = square(x), s = sigmoid(scale * x * (1 + cubic * x2));
  return s + scale * x * s * (1 - s) * (1 + 3 * cubic * x2);
}

}  // namespace

Tensor relu_gradient(const Tensor& g, const Tensor& y) {
  return record("relu_gradient", binary("relu_gradient", Binary::relu_gradient, g, y), {g, save(y)},
                [](const Backward& at, const Tensor& h) {
                  return at.each([&] { return relu_gradient(h, at.input(1)); }, [] { return Tensor(); });
                });
}

Tensor relu(const Tensor& x) {
  return record("relu", save(unary("relu", Unary::relu, x)), {x},
                [](const Backward& at, const Tensor& g) { return relu_gradient(g, at.output()); });
}

Tensor sigmoid(const Tensor& x) {
  return record("sigmoid", save(unary("sigmoid", Unary::sigmoid, x)), {x},
                [](const Backward& at, const Tensor& g) { return sigmoid_gradient(g, at.output()); });
}

Tensor tanh(const Tensor& x) {
  return record("tanh", save(unary("tanh", Unary::tanh, x)), {x},
                [](const Backward& at, const Tensor& g) { return tanh_gradient(g, at.output()); });
}

Tensor gelu(const Tensor& x, GeluApproximation approximation) {
  detail::describe([&] {
    return Attributes{{"approximate", approximation == GeluApproximation::tanh ? "tanh" : "none"}};
  });
  if (approximation == GeluApproximation::tanh)
    return record("gelu", unary("gelu", Unary::gelu_tanh, x), {save(x)},
                  [](const Backward& at, const Tensor& g) { return g * gelu_tanh_slope(at.input(0)); });
  return record("gelu", unary("gelu", Unary::gelu, x), {save(x)},
                [](const Backward& at, const Tensor& g) { return g * gelu_slope(at.input(0)); });
}

Tensor silu(const Tensor& x) {
  return record("silu", unary("silu", Unary::silu, x), {save(x)}, [](const Backward& at, const Tensor& g) {
    const Tensor x = at.input(0), s = sigmoid(x);
    return g * s * (1 + x * (1 - s));
  });
}

Tensor softplus(const Tensor& x) {
  return record("softplus", unary("softplus", Unary::softplus, x), {save(x)},
                [](const Backward& at, const Tensor& g) { return g * sigmoid(at.input(0)); });
}

Tensor leaky_relu(const Tensor& x, double negative_slope) {
  check_floating("leaky_relu", x);
  const Tensor positive = compute::compare("leaky_relu", compute::Comparison::greater, x, 0);
  const Tensor scaled = binary("leaky_relu", Binary::multiply, x, negative_slope);
  detail::describe([&] { return Attributes{{"negative_slope", negative_slope}}; });
  return record("leaky_relu", compute::where("leaky_relu", positive, x, scaled), {x, save(positive)},
                [negative_slope](const Backward& at, const Tensor& g) {
                  return std::array{where(at.input(1), g, negative_slope * g), Tensor()};
                });
}

Tensor hardtanh(const Tensor& x, double low, double high) {
  check_floating("hardtanh", x);
  if (!(low <= high))
    throw ValueError(fmt::format("hardtanh: expected low <= high, got low {} and high {}", low, high));
  const Tensor raised = binary("hardtanh", Binary::maximum, x, low);
  detail::describe([&] { return Attributes{{"low", low}, {"high", high}}; });
  return record("hardtanh", binary("hardtanh", Binary::minimum, raised, high), {save(x)},
                [low, high](const Backward& at, const Tensor& g) {
                  const Tensor x = at.input(0);
                  return where((x > low) & (x < high), g, 0);
                });
}

namespace {

Tensor elu_slope(const Tensor& x, double alpha) {
  return record("elu_slope", binary("elu_slope", SpecialPair::elu_slope, x, alpha), {save(x)},
                [alpha](const Backward& at, const Tensor& h) {
                  const Tensor x = at.input(0);
                  return where(x > 0, 0, h * elu_slope(x, alpha));
                });
}

// f(x), given its kernel and that of its derivative; `slope` makes the derivative of other operations, where
// it is differentiated itself.
Tensor with_slope(const char* name, Special value, Special derivative, const Tensor& x,
                  Tensor (*slope)(const Tensor&)) {
  check_floating(name, x);
  return record(name, unary(name, value, x), {save(x)}, [=](const Backward& at, const Tensor& g) {
    const Tensor x = at.input(0);
    return g * (grad_enabled() ? slope(x) : unary(name, derivative, x));
  });
}

}  // namespace

Tensor elu(const Tensor& x, double alpha) {
  check_floating("elu", x);
  detail::describe([&] { return Attributes{{"alpha", alpha}}; });
  return record("elu", binary("elu", SpecialPair::elu, x, alpha), {save(x)},
                [alpha](const Backward& at, const Tensor& g) { return g * elu_slope(at.input(0), alpha); });
}

Tensor celu(const Tensor& x, double alpha) {
  check_floating("celu", x);
  if (!(alpha > 0)) throw ValueError(fmt::format("celu: expected an alpha above 0, got {}", alpha));
  return alpha * elu(x / alpha);
}

Tensor selu(const Tensor& x) {
  check_floating("selu", x);
  return 1.0507009873554804934193349852946 * elu(x, 1.6732632423543772848170429916717);
}

Tensor mish(const Tensor& x) {
  return with_slope("mish", Special::mish, Special::mish_slope, x, [](const Tensor& x) {
    const Tensor t = tanh(softplus(x));
    return t + x * sigmoid(x) * (1 - square(t));
  });
}

Tensor hardswish(const Tensor& x) {
  return with_slope("hardswish", Special::hardswish, Special::hardswish_slope, x,
                    [](const Tensor& x) { return where(x <= -3, 0, where(x >= 3, 1, x / 3 + 0.5)); });
}

Tensor softplus(const Tensor& x, double beta, double threshold) {
  check_floating("softplus", x);
  const Tensor scaled = beta == 1 ? x : beta * x;
  Tensor soft = softplus(scaled);
  // To float32 they are the same from 18 on.
  if (beta == 1 && (threshold >= 40 || (threshold >= 18 && x.dtype() == float32))) return soft;
  return where(scaled.detach() > threshold, x, soft / beta);
}

Tensor logsigmoid(const Tensor& x) {
  check_floating("logsigmoid", x);
  return -softplus(-x);
}

Tensor squareplus(const Tensor& x, double b) {
  check_floating("squareplus", x);
  return (x + sqrt(square(x) + b)) / 2;
}

Tensor sparse_plus(const Tensor& x) {
  check_floating("sparse_plus", x);
  return square(clip(x + 1, 0, 2)) / 4 + relu(x - 1);
}

Tensor sparse_sigmoid(const Tensor& x) {
  check_floating("sparse_sigmoid", x);
  return hardtanh(x) / 2 + 0.5;
}

Tensor softsign(const Tensor& x) {
  check_floating("softsign", x);
  const Tensor value = x.detach();
  return record("softsign", value / (1 + abs(value)), {save(x)},
                [](const Backward& at, const Tensor& g) { return g / square(1 + abs(at.input(0))); });
}

Tensor tanhshrink(const Tensor& x) {
  check_floating("tanhshrink", x);
  return x - tanh(x);
}

Tensor prelu(const Tensor& x, const Tensor& weight) {
  check_floating("prelu", x);
  compute::check_same_dtype("prelu", x, weight, "the weight");
  const std::int64_t channels = x.rank() > 1 ? x.size(1) : 1;
  if (weight.rank() > 1 || (weight.numel() != 1 && weight.numel() != channels))
    throw ShapeError(fmt::format("prelu: expected one weight or {}, one for each channel, got shape {}",
                                 channels, to_string(weight.shape())));
  Shape shape;
  if (x.rank() > 1) {
    shape = Shape::filled(x.rank() - 1, 1);
    shape[0] = weight.numel();
  }
  const Tensor slopes = reshape(weight, shape);
  const Tensor value = x.detach();
  return record("prelu", where(value > 0, value, slopes.detach() * value), {save(x), save(slopes)},
                [](const Backward& at, const Tensor& g) {
                  const Tensor x = at.input(0), positive = x > 0;
                  return at.each([&] { return where(positive, g, g * at.input(1)); },
                                 [&] { return where(positive, 0, g * x); });
                });
}

Tensor rrelu(const Tensor& x, double lower, double upper, bool training, Generator& generator) {
  check_floating("rrelu", x);
  if (!(lower <= upper) || !std::isfinite(upper - lower))
    throw ValueError(
        fmt::format("rrelu: expected finite slopes lower <= upper, got {} and {}", lower, upper));
  if (!training) return leaky_relu(x, (lower + upper) / 2);
  const Tensor slopes = lower + (upper - lower) * uniform_like(x, 0, 1, generator);
  return where(x.detach() > 0, x, x * slopes);
}

Tensor relu6(const Tensor& x) {
  check_floating("relu6", x);
  return hardtanh(x, 0, 6);
}

Tensor hardsigmoid(const Tensor& x) {
  check_floating("hardsigmoid", x);
  return hardtanh(x, -3, 3) / 6 + 0.5;
}

Tensor threshold(const Tensor& x, double limit, double value) {
  check_floating("threshold", x);
  return where(x.detach() <= limit, value, x);
}

Tensor hardshrink(const Tensor& x, double lambda) {
  check_floating("hardshrink", x);
  return where(abs(x.detach()) <= lambda, 0, x);
}

Tensor softshrink(const Tensor& x, double lambda) {
  check_floating("softshrink", x);
  if (!(lambda >= 0))
    throw ValueError(fmt::format("softshrink: expected a lambda of at least 0, got {}", lambda));
  const Tensor value = x.detach();
  return where(abs(value) <= lambda, 0, x - clip(value, -lambda, lambda));
}

Tensor glu(const Tensor& x, std::int64_t axis) {
  check_floating("glu", x);
  const int at = compute::axis_of("glu", x, axis);
  const std::int64_t half = x.size(at) / 2;
  if (x.size(at) % 2 != 0)
    throw ShapeError(
        fmt::format("glu: expected an even extent of axis {}, got shape {}", axis, to_string(x.shape())));
  return narrow(x, at, 0, half) * sigmoid(narrow(x, at, half, half));
}

Tensor softmin(const Tensor& x, std::int64_t axis) {
  check_floating("softmin", x);
  return softmax(-x, compute::axis_of("softmin", x, axis));
}

namespace {

// The largest elements are taken as long as they are above the mean of all taken less 1 / their count; that
// is what x is lowered by.
Tensor sparsemax_value(const Tensor& x, int axis) {
  const NoGrad guard;
  const Tensor sorted = sort(x, axis, true).values, sums = cumsum(sorted, axis) - 1;
  Shape along = Shape::filled(x.rank(), 1);
  along[axis] = x.size(axis);
  const Tensor counts = reshape(arange(1, static_cast<double>(x.size(axis)) + 1, 1, x.dtype()), along);
  const Tensor taken = sum(counts * sorted > sums, axis, true);
  const Tensor lowered = gather(sums, axis, maximum(taken, 1) - 1) / to(taken, x.dtype());
  return relu(x - lowered);
}

}  // namespace

Tensor sparsemax(const Tensor& x, std::int64_t axis) {
  check_floating("sparsemax", x);
  const int at_axis = compute::axis_of("sparsemax", x, axis);
  if (x.size(at_axis) == 0)
    throw ValueError(
        fmt::format("sparsemax: shape {} has no elements along axis {}", to_string(x.shape()), axis));
  return record("sparsemax", save(sparsemax_value(x, at_axis)), {x},
                [at_axis](const Backward& at, const Tensor& g) {
                  const Tensor taken = at.output().detach() > 0, kept = where(taken, g, 0);
                  const Tensor count = to(sum(taken, at_axis, true), g.dtype());
                  return where(taken, g - sum(kept, at_axis, true) / count, 0);
                });
}

Tensor gumbel_softmax(const Tensor& logits, double tau, bool hard, std::int64_t axis, Generator& generator) {
  check_floating("gumbel_softmax", logits);
  const int at = compute::axis_of("gumbel_softmax", logits, axis);
  if (!(tau > 0)) throw ValueError(fmt::format("gumbel_softmax: expected a tau above 0, got {}", tau));
  const Tensor noise = -log(exponential(logits.shape(), 1, logits.dtype(), generator));
  Tensor soft = softmax((logits + noise) / tau, at);
  if (!hard || soft.numel() == 0) return soft;
  const Tensor largest = argmax(soft.detach(), at, true);
  const Tensor one = scatter(zeros_like(soft), at, largest, ones(largest.shape(), soft.dtype()));
  return record("gumbel_softmax", one, {soft}, [](const Tensor& g) { return g; });
}

}  // namespace taper
