// Gradients at the ends of the range of numbers, at zeros, infinities and NaN.
#include <cmath>
#include <functional>
#include <limits>

#include <catch.h>

#include <taper/taper.h>

using namespace taper;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity(),
                not_a_number = std::numeric_limits<float>::quiet_NaN();

Tensor leaf(std::vector<float> values) {
  const auto count = static_cast<std::int64_t>(values.size());
  return from_data(values, {count}).set_requires_grad();
}

/// The derivatives of a function of one number at x: the first, the second, ... What does not depend on x
/// has the derivative 0.
std::vector<double> derivatives(double x, std::size_t count,
                                const std::function<Tensor(const Tensor&)>& function) {
  const Tensor at = full({1}, x, float64).set_requires_grad();
  std::vector<double> result(count, 0);
  Tensor y = function(at);
  for (std::size_t i = 0; i < count && y.defined() && y.requires_grad(); ++i) {
    y = grad({sum(y)}, {at}, {}, {.create_graph = true})[0];
    if (y.defined()) result[i] = y.item<double>();
  }
  return result;
}

std::vector<float> gradient(const Tensor& y, const Tensor& x) {
  return grad({sum(y)}, {x})[0].to_vector<float>();
}

}  // namespace

TEST_CASE("the gradient of a division stays in range where its parts would not") {
  const std::vector<float> numerators{1e20f, 1e-30f, 1e-25f, 3, -1e-20f},
      denominators{1e20f, 1e-23f, 1e-22f, 7, 1e20f};
  const Tensor a = leaf(numerators), b = leaf(denominators);
  const std::vector<float> found = gradient(a / b, b);
  for (std::size_t i = 0; i < found.size(); ++i) {
    const double wanted = -static_cast<double>(numerators[i]) / denominators[i] / denominators[i];
    // The last one is -1e-60.
    CHECK(found[i] == Approx(std::abs(wanted) < 1e-50 ? 0 : wanted).epsilon(4e-7).margin(0));
  }
  // 3 / x: -3 / x^2, 6 / x^3, -18 / x^4.
  const std::vector<double> each = derivatives(2, 3, [](const Tensor& x) { return 3 / x; });
  CHECK(each == std::vector<double>{-0.75, 0.75, -1.125});
}

TEST_CASE("powers at 0 have the derivatives of polynomials") {
  for (const double x : {0.0, 2.0}) {
    const std::vector<double> wanted[] = {{0, 0, 0}, {1, 0, 0}, {2 * x, 2, 0}, {3 * x * x, 6 * x, 6}};
    for (int exponent = 0; exponent < 4; ++exponent) {
      INFO(x << " to the power " << exponent);
      const auto of_number = [=](const Tensor& at) { return pow(at, exponent); };
      const auto of_tensor = [=](const Tensor& at) { return pow(at, full({1}, exponent, float64)); };
      CHECK(derivatives(x, 3, of_number) == wanted[exponent]);
      CHECK(derivatives(x, 3, of_tensor) == wanted[exponent]);
    }
  }
  // With respect to the exponent, and both: x^b log(x) is 0 at x = 0.
  const Tensor a = zeros({1}, float64).set_requires_grad(), b = full({1}, 2, float64).set_requires_grad();
  const std::vector<Tensor> first = grad({pow(a, b)}, {a, b}, {}, {.create_graph = true});
  CHECK(first[0].item<double>() == 0);
  CHECK(first[1].item<double>() == 0);
  for (const Tensor& each : first)
    for (const Tensor& second : grad({each}, {a, b}, {}, {.retain_graph = true}))
      CHECK((!second.defined() || std::isfinite(second.item<double>())));
  const Tensor far = leaf({infinity, not_a_number});
  CHECK(gradient(pow(far, 0), far) == std::vector<float>{0, 0});
}

TEST_CASE("Huber's loss and smooth L1 have a gradient at infinity") {
  const Tensor x = leaf({infinity, -infinity, 3, -0.25f, 0.5f, 0}), target = zeros({6});
  CHECK(gradient(huber_loss(x, target, {.reduction = Reduction::none, .delta = 0.5}), x) ==
        std::vector<float>{0.5f, -0.5f, 0.5f, -0.25f, 0.5f, 0});
  CHECK(gradient(smooth_l1_loss(x, target, {.reduction = Reduction::none, .beta = 0.5}), x) ==
        std::vector<float>{1, -1, 1, -0.5f, 1, 0});
  CHECK(huber_loss(x, target, {.reduction = Reduction::none, .delta = 0.5}).to_vector<float>() ==
        std::vector<float>{infinity, infinity, 1.375f, 0.03125f, 0.125f, 0});
}

TEST_CASE("the gradient at NaN is PyTorch's") {
  const Tensor x = leaf({not_a_number, 1, -1, 0});
  CHECK(gradient(relu(x), x) == std::vector<float>{1, 1, 0, 0});
  const Tensor y = leaf({1, not_a_number, not_a_number, 0});
  for (const auto& extremum : {maximum, minimum}) {
    const Tensor a = leaf({not_a_number, 1, not_a_number, 0});
    CHECK(gradient(extremum(a, y), a) == std::vector<float>{1, 1, 1, 0.5f});
    CHECK(gradient(extremum(a, y), y) == std::vector<float>{1, 1, 1, 0.5f});
  }
  const Tensor rows =
      from_data({1.f, not_a_number, 3.f, not_a_number, 5.f, 5.f, 0.f, 5.f}, {2, 4}).set_requires_grad();
  CHECK(gradient(max(rows, {1}), rows) == std::vector<float>{0, 0.5f, 0, 0.5f, 1 / 3.f, 1 / 3.f, 0, 1 / 3.f});
  CHECK(gradient(min(rows, {1}), rows) == std::vector<float>{0, 0.5f, 0, 0.5f, 0, 0, 1, 0});
  CHECK(gradient(max(rows), rows) == std::vector<float>{0, 0.5f, 0, 0.5f, 0, 0, 0, 0});
}

TEST_CASE("the relu of a convolution passes the gradient at NaN as relu does") {
  for (const std::int64_t images : {1, 32})  // the plain ways, and images as lanes
    for (const Extent2d pool : {Extent2d(1), Extent2d(2)}) {
      const Tensor image = full({images, 1, 8, 8}, not_a_number).set_requires_grad(),
                   weight = ones({2, 1, 3, 3});
      const Tensor bias = zeros({2}).set_requires_grad();
      const Tensor fused =
          conv2d(image, weight, bias, {.padding = 1, .activation = Activation::relu, .max_pool = pool});
      const Tensor plain = relu(conv2d(image, weight, bias, {.padding = 1}));
      const Tensor wanted = pool == Extent2d(1) ? plain : max_pool2d(plain);
      const std::vector<float> found = gradient(fused, bias);
      CHECK(found == gradient(wanted, bias));
      CHECK(found[0] > 0);
    }
}

TEST_CASE("gelu and its gradient keep their digits far below 0") {
  for (const double x : {-3.0, -5.0, -6.0, -8.0, -11.0})
    for (const GeluApproximation approximation : {GeluApproximation::none, GeluApproximation::tanh}) {
      const bool exact = approximation == GeluApproximation::none;
      const Tensor at = full({1}, x, float64).set_requires_grad(), single = leaf({static_cast<float>(x)});
      double value, slope;
      if (exact) {
        const double cdf = std::erfc(-x / std::sqrt(2.0)) / 2,
                     density = std::exp(-x * x / 2) / std::sqrt(2 * std::acos(-1.0));
        value = x * cdf;
        slope = cdf + x * density;
      } else {
        const double scale = 2 * std::sqrt(2 / std::acos(-1.0)),
                     s = 1 / (1 + std::exp(-scale * (x + 0.044715 * x * x * x)));
        value = x * s;
        slope = s + x * s * (1 - s) * scale * (1 + 3 * 0.044715 * x * x);
      }
      INFO(x << (exact ? " exact" : " tanh"));
      CHECK(gelu(at, approximation).item<double>() == Approx(value).epsilon(1e-12).margin(0));
      CHECK(grad({gelu(at, approximation)}, {at})[0].item<double>() ==
            Approx(slope).epsilon(1e-12).margin(0));
      if (value > -1e-30) continue;  // tanh's form is denormal or 0 there
      CHECK(gelu(single, approximation).item<double>() == Approx(value).epsilon(2e-5).margin(0));
      CHECK(grad({gelu(single, approximation)}, {single})[0].item<double>() ==
            Approx(slope).epsilon(2e-5).margin(0));
    }
}
