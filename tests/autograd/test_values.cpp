// Values of the element-wise functions against the C++ library, at ordinary and special numbers.
#include <cmath>
#include <limits>

#include <catch.h>

#include <taper/autograd/autograd.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

using namespace taper;

namespace {

template <class T>
std::vector<T> points(double low, double high) {
  using Limits = std::numeric_limits<T>;
  std::vector<T> all;
  for (int i = 0; i <= 200; ++i) all.push_back(static_cast<T>(low + (high - low) * i / 200));
  for (const T special : {T(0), -T(0), T(1), T(-1), T(0.5), T(2.5), Limits::infinity(), -Limits::infinity(),
                          Limits::quiet_NaN(), Limits::min(), -Limits::min(), Limits::epsilon(), T(1e-3)})
    all.push_back(special);
  return all;
}

// Error in units of epsilon; special values must agree exactly.
template <class T>
double error(T value, T expected) {
  if (std::isnan(expected)) return std::isnan(value) ? 0 : INFINITY;
  if (std::isinf(expected) || std::isinf(value)) return value == expected ? 0 : INFINITY;
  const double scale =
      std::max(std::abs(static_cast<double>(expected)), static_cast<double>(std::numeric_limits<T>::min()));
  return std::abs(static_cast<double>(value) - static_cast<double>(expected)) / scale /
         static_cast<double>(std::numeric_limits<T>::epsilon());
}

template <class T, class Function, class Reference>
void compare(const char* name, Function function, Reference reference, double low, double high, double ulps) {
  INFO(name << " of " << taper::name(dtype_of<T>));
  const std::vector<T> x = points<T>(low, high);
  const Shape shape{static_cast<std::int64_t>(x.size())};
  const std::vector<T> y = function(from_data(x, shape)).template to_vector<T>();
  for (std::size_t i = 0; i < x.size(); ++i) {
    INFO("at " << x[i] << ": " << y[i] << ", expected " << static_cast<T>(reference(x[i])));
    CHECK(error(y[i], static_cast<T>(reference(x[i]))) <= ulps);
  }
}

#define COMPARE(function, reference, low, high, ulps)         \
  compare<float>(                                             \
      #function, [](const Tensor& t) { return function(t); }, \
      [](float v) -> float {                                  \
        const auto x = v;                                     \
        return reference;                                     \
      },                                                      \
      low, high, ulps);                                       \
  compare<double>(                                            \
      #function, [](const Tensor& t) { return function(t); }, \
      [](double v) -> double {                                \
        const auto x = v;                                     \
        return reference;                                     \
      },                                                      \
      low, high, ulps)

}  // namespace

TEST_CASE("values of mathematical functions") {
  COMPARE(exp, std::exp(x), -80, 80, 4);
  COMPARE(expm1, std::expm1(x), -3, 3, 4);
  COMPARE(log, std::log(x), -1, 100, 4);
  COMPARE(log1p, std::log1p(x), -0.9, 5, 4);
  COMPARE(sqrt, std::sqrt(x), -1, 100, 1);
  COMPARE(square, x * x, -10, 10, 0);
  COMPARE(reciprocal, 1 / x, -10, 10, 1);
  COMPARE(abs, std::abs(x), -10, 10, 0);
  COMPARE(sign, (std::isnan(x) ? x : x > 0 ? 1 : x < 0 ? -1 : 0), -10, 10, 0);
  COMPARE(sin, std::sin(x), -3, 3, 4);
  COMPARE(cos, std::cos(x), -1.5, 1.5, 4);
  COMPARE(erf, std::erf(x), -4, 4, 40);
  COMPARE(floor, std::floor(x), -10, 10, 0);
  COMPARE(ceil, std::ceil(x), -10, 10, 0);
  COMPARE(round, std::nearbyint(x), -10.5, 10.5, 0);
}

TEST_CASE("values of activations") {
  COMPARE(relu, (std::isnan(x) ? x : x > 0 ? x : 0), -10, 10, 0);
  COMPARE(sigmoid, 1 / (1 + std::exp(-x)), -20, 20, 8);
  COMPARE(tanh, std::tanh(x), -10, 10, 8);
  COMPARE(softplus, (x > 0 ? x : 0) + std::log1p(std::exp(-std::abs(x))), -20, 20, 8);
}

TEST_CASE("values of functions of two operands") {
  const auto pairs = [](auto function, auto reference) {
    const std::vector<double> x = points<double>(-3, 3);
    const auto count = static_cast<std::int64_t>(x.size());
    const Tensor all = from_data(x, {count});
    const std::vector<double> y = function(reshape(all, {count, 1}), all).template to_vector<double>();
    double worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
      for (std::size_t j = 0; j < x.size(); ++j)
        worst = std::max(worst, error(y[i * x.size() + j], static_cast<double>(reference(x[i], x[j]))));
    return worst;
  };
  using X = const Tensor&;
  CHECK(pairs([](X a, X b) { return a + b; }, [](double a, double b) { return a + b; }) == 0);
  CHECK(pairs([](X a, X b) { return a - b; }, [](double a, double b) { return a - b; }) == 0);
  CHECK(pairs([](X a, X b) { return a * b; }, [](double a, double b) { return a * b; }) == 0);
  CHECK(pairs([](X a, X b) { return a / b; }, [](double a, double b) { return a / b; }) == 0);
  CHECK(pairs([](X a, X b) { return pow(a, b); }, [](double a, double b) { return std::pow(a, b); }) == 0);
  CHECK(pairs([](X a, X b) { return maximum(a, b); },
              [](double a, double b) { return a != a   ? a
                                              : b != b ? b
                                                       : std::max(a, b); }) == 0);
  CHECK(pairs([](X a, X b) { return minimum(a, b); },
              [](double a, double b) { return a != a   ? a
                                              : b != b ? b
                                                       : std::min(a, b); }) == 0);
  CHECK(pairs([](X a, X b) { return to(a != b, float64); }, [](double a, double b) { return a != b; }) == 0);
  CHECK(pairs([](X a, X b) { return to(a <= b, float64); }, [](double a, double b) { return a <= b; }) == 0);
}

TEST_CASE("gradients at kinks and ties are PyTorch's") {
  using Values = std::vector<float>;
  const auto gradient = [](const Values& at, auto function) {
    Tensor x = from_data(at, {static_cast<std::int64_t>(at.size())}).set_requires_grad();
    sum(function(x)).backward();
    return x.grad().to_vector<float>();
  };
  using X = const Tensor&;
  CHECK(gradient({-1, 0, 2}, [](X x) { return abs(x); }) == Values{-1, 0, 1});
  CHECK(gradient({-1, 0, 2}, [](X x) { return relu(x); }) == Values{0, 0, 1});
  CHECK(gradient({-1, 0, 2}, [](X x) { return leaky_relu(x, 0.5); }) == Values{0.5, 0.5, 1});
  CHECK(gradient({-2, -1, 0, 1, 2}, [](X x) { return clip(x, -1, 1); }) == Values{0, 1, 1, 1, 0});
  CHECK(gradient({1, 3, 3}, [](X x) { return max(x); }) == Values{0, 0.5, 0.5});
  CHECK(gradient({1, 1, 3}, [](X x) { return min(x); }) == Values{0.5, 0.5, 0});
  CHECK(gradient({0, 1, 2}, [](X x) { return maximum(x, 1); }) == Values{0, 0.5, 1});
  CHECK(gradient({NAN, 1}, [](X x) { return maximum(x, 2); }) == Values{1, 0});
  CHECK(gradient({0, 2}, [](X x) { return pow(x, 0); }) == Values{0, 0});
  CHECK(gradient({0, 2}, [](X x) { return pow(x, 2); }) == Values{0, 4});
  CHECK(gradient({0, 1, 2}, [](X x) { return pow(0, x); }) == Values{0, 0, 0});
  CHECK(gradient({-INFINITY, -INFINITY}, [](X x) { return logsumexp(x); }) == Values{0, 0});
  CHECK(gradient({2.5}, [](X x) { return round(x); }) == Values{0});
}

TEST_CASE("values and gradients at the borders of what is allowed") {
  // As in PyTorch: nothing is left to divide by.
  CHECK(std::isnan(var(ones({1})).item<float>()));
  CHECK(var(from_data({1., 3.}, {2}), {}, false, 3).item<double>() == INFINITY);
  CHECK(logsumexp(from_data<double>({INFINITY, 0.}, {2})).item<double>() == INFINITY);
  CHECK(clip(from_data({1., 3.}, {2}), 2, 2).to_vector<double>() == std::vector<double>{2, 2});
  CHECK_THROWS_WITH(sum_to(ones({1}), {3}), "sum_to: shape [3] does not broadcast to [1]");

  // All is dropped, whatever it is.
  const Tensor x = from_data<double>({INFINITY, 1.}, {2}).set_requires_grad();
  const Tensor none = dropout(x, 1);
  CHECK(none.to_vector<double>() == std::vector<double>{0, 0});
  sum(none).backward();
  CHECK(x.grad().to_vector<double>() == std::vector<double>{0, 0});

  const Tensor p = from_data({0., 0., 1., 1.}, {4}).set_requires_grad(),
               target = from_data({0., 1., 0., 1.}, {4}).set_requires_grad();
  sum(binary_cross_entropy(p, target, {.reduction = Reduction::none})).backward();
  CHECK(p.grad().to_vector<double>() == std::vector<double>{0, -1e12, 1e12, 0});
  CHECK(target.grad().to_vector<double>() == std::vector<double>{100, 100, -100, -100});

  CHECK_THROWS_AS(huber_loss(p.detach(), target.detach(), {.delta = 0}), ValueError);
  CHECK_NOTHROW(smooth_l1_loss(p, target, {.beta = 0}));
  const Tensor rows = from_data({1., 3.}, {2, 1});
  CHECK(batch_norm(rows, {}, {}, {}, {}, {.epsilon = 0}).to_vector<double>() == std::vector<double>{-1, 1});
  CHECK(layer_norm(transpose(rows), {2}, {}, {}, 0).to_vector<double>() == std::vector<double>{-1, 1});
  CHECK_THROWS_AS(batch_norm(slice(rows, 0, 0, 1), {}, {}, {}, {}, {.training = true}), ValueError);
}

TEST_CASE("integers have no history") {
  const Tensor x = from_data({1.5f, 2.5f}, {2}).set_requires_grad();
  const Tensor whole = to(x, int64);
  CHECK(!whole.requires_grad());
  CHECK(whole.to_vector<std::int64_t>() == std::vector<std::int64_t>{1, 2});
  CHECK(to(x, float64).requires_grad());
}

TEST_CASE("integers that are added up wrap around") {
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  const Tensor place = from_data({std::int64_t{0}, std::int64_t{0}}, {2});
  const auto added = [&](const Tensor& values) {
    return scatter(zeros({1}, values.dtype()), 0, place, values, Scatter::add);
  };
  CHECK(added(from_data({most, std::int64_t{1}}, {2})).item<std::int64_t>() == -most - 1);
  CHECK(added(full({2}, -2e9, int32)).item<std::int32_t>() == 294967296);
}
