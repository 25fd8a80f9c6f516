// Activations: arguments, extremes, gradients by kernels and by operations, and what is random.
#include <cmath>
#include <limits>

#include <catch.h>

#include <taper/autograd/autograd.h>
#include <taper/tensor/create.h>

using namespace taper;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

std::vector<double> values(const Tensor& x) { return to(x.detach(), float64).to_vector<double>(); }

}  // namespace

TEST_CASE("activations refuse what they cannot take") {
  const Tensor x = zeros({2, 3}), integers = zeros({2}, int64);
  using Function = Tensor (*)(const Tensor&);
  for (const Function function :
       {static_cast<Function>(mish), static_cast<Function>(selu), hardswish, relu6, hardsigmoid, softsign,
        tanhshrink, logsigmoid, sparse_plus, sparse_sigmoid}) {
    CHECK_THROWS_AS(function(integers), DTypeError);
    CHECK_THROWS_AS(function(Tensor()), ValueError);
  }
  CHECK_THROWS_WITH(celu(x, 0), "celu: expected an alpha above 0, got 0");
  CHECK_THROWS_WITH(softshrink(x, -1), "softshrink: expected a lambda of at least 0, got -1");
  CHECK_THROWS_WITH(prelu(x, zeros(2)),
                    "prelu: expected one weight or 3, one for each channel, got shape [2]");
  CHECK_THROWS_AS(prelu(x, zeros({1, 1})), ShapeError);
  CHECK_THROWS_AS(prelu(x, zeros({3}, float64)), DTypeError);
  CHECK_THROWS_WITH(rrelu(x, 2, 1), "rrelu: expected finite slopes lower <= upper, got 2 and 1");
  CHECK_THROWS_AS(rrelu(x, 0, infinity, true), ValueError);
  CHECK_THROWS_WITH(glu(x), "glu: expected an even extent of axis -1, got shape [2, 3]");
  CHECK_THROWS_AS(glu(x, 5), IndexError);
  CHECK_THROWS_AS(softmin(x, 2), IndexError);
  CHECK_THROWS_WITH(sparsemax(zeros({2, 0})), "sparsemax: shape [2, 0] has no elements along axis -1");
  CHECK_THROWS_WITH(gumbel_softmax(x, 0), "gumbel_softmax: expected a tau above 0, got 0");
  CHECK_THROWS_AS(gumbel_softmax(zeros({}), 1), IndexError);
}

TEST_CASE("activations at infinity") {
  for (const DType dtype : {float32, float64}) {
    const Tensor x = tensor({-infinity, -1e30, 1e30, infinity}, dtype).set_requires_grad();
    for (const auto function : {static_cast<Tensor (*)(const Tensor&)>(mish), hardswish}) {
      const Tensor y = function(x);
      CHECK(values(y) == std::vector<double>{0, 0, values(x)[2], infinity});
      CHECK(values(grad({y}, {x}, {ones_like(y)})[0]) == std::vector<double>{0, 0, 1, 1});
    }
    const Tensor y = selu(x);
    CHECK(values(y)[0] == Approx(-1.7580993408));
    CHECK(values(grad({y}, {x}, {ones_like(y)})[0])[0] == 0);
    CHECK(values(logsigmoid(x)) == std::vector<double>{-infinity, values(x)[1], 0, 0});
  }
}

TEST_CASE("gradients by kernels are those of other operations") {
  using Function = Tensor (*)(const Tensor&);
  for (const DType dtype : {float32, float64})
    for (const Function function : {static_cast<Function>(mish), hardswish, static_cast<Function>(selu)}) {
      Generator generator(3);
      const Tensor x =
          concat({uniform({999}, -5, 5, dtype, generator), uniform({99}, -90, 90, dtype, generator)})
              .set_requires_grad();
      const Tensor g = uniform({1098}, -1, 1, dtype, generator), y = function(x);
      const std::vector<double> kernel = values(grad({y}, {x}, {g}, {.retain_graph = true})[0]);
      const std::vector<double> other = values(grad({y}, {x}, {g}, {.create_graph = true})[0]);
      double worst = 0;
      for (std::size_t i = 0; i < kernel.size(); ++i) worst = std::max(worst, std::abs(kernel[i] - other[i]));
      CHECK(worst <= (dtype == float32 ? 1e-6 : 1e-14));
    }
}

TEST_CASE("the slopes of rrelu are drawn") {
  Generator generator(5);
  const Tensor x = tensor({-1., 2.}), wide = expand(unsqueeze(x, 1), {2, 20000});
  const Tensor y = rrelu(wide, 0.2, 0.6, true, generator);
  const std::vector<double> slopes = values(-y[0]);
  double sum = 0, least = 1, most = 0;
  for (const double slope : slopes)
    sum += slope, least = std::min(least, slope), most = std::max(most, slope);
  CHECK(sum / 20000 == Approx(0.4).margin(0.005));
  CHECK(least >= 0.2);
  CHECK(least < 0.201);
  CHECK(most < 0.6);
  CHECK(most > 0.599);
  CHECK(equal(y[1], wide[1]));
  Generator same(5);
  CHECK(equal(rrelu(wide, 0.2, 0.6, true, same), y));
  CHECK(equal(rrelu(x, 0.25, 0.25, true), rrelu(x, 0.25, 0.25)));
}

TEST_CASE("gumbel_softmax draws classes by their probability") {
  Generator generator(6);
  const Tensor logits = log(tensor({0.1, 0.2, 0.7}));
  const Tensor many = expand(logits, {20000, 3});
  const Tensor hard = gumbel_softmax(many, 0.5, true, -1, generator);
  const std::vector<double> shares = values(mean(hard, 0));
  CHECK(shares[0] == Approx(0.1).margin(0.01));
  CHECK(shares[2] == Approx(0.7).margin(0.01));
  CHECK(sum((hard == 0) | (hard == 1)).item<std::int64_t>() == 60000);
  CHECK(values(sum(hard, 1)) == std::vector<double>(20000, 1.0));

  // The gradient of the hard sample is that of the soft one.
  const auto gradient = [&](bool hard) {
    Generator same(7);
    const Tensor x = clone(logits).set_requires_grad();
    const Tensor y = gumbel_softmax(x, 0.5, hard, 0, same);
    return grad({y}, {x}, {tensor({1., 2., 3.})})[0];
  };
  CHECK(equal(gradient(true), gradient(false)));
  CHECK(gumbel_softmax(zeros({0, 3}), 1, true).shape() == Shape{0, 3});
  CHECK(gumbel_softmax(zeros({2, 0}), 1, true).shape() == Shape{2, 0});
}

TEST_CASE("a sparsemax is a distribution with zeros") {
  const Tensor y = sparsemax(tensor({{3., 2.9, 0.}, {0., 0., 0.}, {-50., 7., -1e30}}));
  CHECK(allclose(y, tensor({{0.55, 0.45, 0.}, {1 / 3., 1 / 3., 1 / 3.}, {0., 1., 0.}}), {.atol = 1e-6}));
}
