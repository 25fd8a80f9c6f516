// Loss: what it is made of, and weights of examples.
#include <catch.h>

#include <taper/autograd/autograd.h>
#include <taper/nn/nn.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/train/loss.h>

using namespace taper;

namespace {

const Tensor output = tensor({{1.0, 2.0}, {0.5, -1.0}, {0.0, 3.0}}, float64);
const Tensor target = tensor({{0.0, 2.5}, {1.5, -1.0}, {1.0, 1.0}}, float64);
const Tensor labels = tensor({1, 0, 0});
const Tensor weights = tensor({0.5, 0.0, 2.0}, float64);

double of(const training::Loss& loss, const Tensor& given = {}) {
  return loss(output, {target}, given).item<double>();
}

}  // namespace

TEST_CASE("a loss is a function with options, a layer or any callable") {
  const double expected = mse_loss(output, target).item<double>();
  CHECK(of(mse_loss) == expected);
  CHECK(of(nn::MSELoss()) == expected);
  CHECK(of([](const Tensor& x, const Tensor& y) { return mse_loss(x, y); }) == expected);
  CHECK(of([](const Tensor& x, const std::vector<Tensor>& all) { return mse_loss(x, all.at(0)); }) ==
        expected);
  CHECK(of([](const Tensor& x, const Tensor& y) { return square(x - y); }) == Approx(expected));
  CHECK(of({huber_loss, {.delta = 0.5}}) == huber_loss(output, target, {.delta = 0.5}).item<double>());
  CHECK(of(nn::HuberLoss({.delta = 0.5})) == of({huber_loss, {.delta = 0.5}}));
  CHECK(of({mse_loss, {.reduction = Reduction::sum}}) == Approx(6 * expected));
}

TEST_CASE("weights multiply the losses of examples; the mean is over examples") {
  // Squares: 1, 0.25; 1, 0; 1, 4. Means of the examples: 0.625, 0.5, 2.5.
  const double expected = (0.5 * 0.625 + 2 * 2.5) / 3;
  CHECK(of(mse_loss, weights) == Approx(expected));
  CHECK(of(nn::MSELoss(), weights) == Approx(expected));
  CHECK(of([](const Tensor& x, const Tensor& y) { return square(x - y); }, weights) == Approx(expected));
  CHECK(of([](const Tensor& x, const Tensor& y) { return mean(square(x - y), 1); }, weights) ==
        Approx(expected));
  CHECK(of(mse_loss, reshape(weights, {3, 1})) == Approx(expected));
  CHECK(of({mse_loss, {.reduction = Reduction::sum}}, weights) == Approx(2 * 3 * expected));
  const Tensor each = cross_entropy(output, labels, {.reduction = Reduction::none});
  CHECK(training::Loss(cross_entropy)(output, {labels}, weights).item<double>() ==
        Approx(sum(each * weights).item<double>() / 3));
  // Of a float32 model: no weight makes it float64.
  const Tensor loss = training::Loss(mse_loss)(zeros({3, 2}), {ones({3, 2})}, weights);
  CHECK(loss.dtype() == float32);
}

TEST_CASE("a loss refuses what it cannot weigh") {
  const training::Loss scalar_loss = [](const Tensor& x, const Tensor& y) { return mse_loss(x, y); };
  CHECK_THROWS_AS(of(scalar_loss, weights), ValueError);
  CHECK_THROWS_AS(of(mse_loss, ones({2}, float64)), ShapeError);
  CHECK_THROWS_AS(training::Loss(mse_loss)(output, {}), ValueError);
}
