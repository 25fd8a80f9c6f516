// Activation functions: each with its gradient.
#include <limits>
#include <numbers>

#include <fmt/format.h>

#include <taper/autograd/ops/activation.h>
#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/logic.h>
#include <taper/autograd/ops/math.h>
#include <taper/autograd/record.h>
#include <taper/tensor/check.h>
#include <taper/tensor/error.h>

namespace taper {
namespace {

using compute::Binary;
using compute::binary;
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
  compute::check_floating("leaky_relu", x);
  const Tensor positive = compute::compare("leaky_relu", compute::Comparison::greater, x, 0);
  const Tensor scaled = binary("leaky_relu", Binary::multiply, x, negative_slope);
  return record("leaky_relu", compute::where("leaky_relu", positive, x, scaled), {x, save(positive)},
                [negative_slope](const Backward& at, const Tensor& g) {
                  return std::array{where(at.input(1), g, negative_slope * g), Tensor()};
                });
}

Tensor hardtanh(const Tensor& x, double low, double high) {
  compute::check_floating("hardtanh", x);
  if (!(low <= high))
    throw ValueError(fmt::format("hardtanh: expected low <= high, got low {} and high {}", low, high));
  const Tensor raised = binary("hardtanh", Binary::maximum, x, low);
  return record("hardtanh", binary("hardtanh", Binary::minimum, raised, high), {save(x)},
                [low, high](const Backward& at, const Tensor& g) {
                  const Tensor x = at.input(0);
                  return where((x > low) & (x < high), g, 0);
                });
}

Tensor elu(const Tensor& x, double alpha) {
  compute::check_floating("elu", x);
  const Tensor negative = binary("elu", Binary::multiply, unary("elu", Unary::expm1, x), alpha);
  const Tensor positive = compute::compare("elu", compute::Comparison::greater, x, 0);
  return record("elu", compute::where("elu", positive, x, negative), {save(x)},
                [alpha](const Backward& at, const Tensor& g) {
                  const Tensor x = at.input(0);
                  // Clipped, so that exp(x) does not become infinite where it is not used.
                  const Tensor slope = alpha * exp(clip(x, -std::numeric_limits<double>::infinity(), 0));
                  return where(x > 0, g, g * slope);
                });
}

}  // namespace taper
