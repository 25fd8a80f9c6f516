// Layers that are random in training, embeddings, and layers with a computed weight: what has no row.
#include <cmath>

#include <catch.h>

#include <taper/autograd/autograd.h>
#include <taper/nn/nn.h>
#include <taper/tensor/create.h>

using namespace taper;

namespace {

template <class Layer>
void check_random(const Layer& given, const Layer& again, const Tensor& x, const Tensor& wanted,
                  const Generator& generator) {
  Layer layer = given;
  CHECK(equal(layer(x), wanted));
  CHECK(equal(again(x), wanted));
  layer.eval();
  const std::uint64_t before = generator.position();
  CHECK(equal(layer(x), x));
  CHECK(generator.position() == before);
}

}  // namespace

TEST_CASE("random layers follow the training flag and their generator") {
  const Tensor x = uniform({4, 6, 2}, 1, 2);
  const auto check = [&]<class Layer>(Tensor (*function)(const Tensor&, double, bool, Generator&), Layer*) {
    Generator a(7), b(7), c(7);
    check_random(Layer(0.3, a), Layer(0.3, b), x, function(x, 0.3, true, c), a);
    CHECK_THROWS_WITH(Layer(1.5), Layer(0.3).type() + ": p must be between 0 and 1, got 1.5");
    CHECK_THROWS_AS(Layer(NAN), ValueError);
    // Without a generator of its own it takes the default one, in training alone.
    const NoDefaultGenerator none("");
    Layer layer;
    CHECK_THROWS_AS(layer(x), ValueError);
    layer.eval();
    CHECK(equal(layer(x), x));
  };
  check(dropout, static_cast<nn::Dropout*>(nullptr));
  check(dropout1d, static_cast<nn::Dropout1d*>(nullptr));
  check(dropout2d, static_cast<nn::Dropout2d*>(nullptr));
  check(alpha_dropout, static_cast<nn::AlphaDropout*>(nullptr));
  check(feature_alpha_dropout, static_cast<nn::FeatureAlphaDropout*>(nullptr));
  check(gaussian_dropout, static_cast<nn::GaussianDropout*>(nullptr));
  CHECK_THROWS_WITH(nn::GaussianDropout(1), "GaussianDropout: p must be below 1, got 1");

  Generator a(7), b(7), c(7);
  check_random(nn::GaussianNoise(0.3, a), nn::GaussianNoise(0.3, b), x, gaussian_noise(x, 0.3, true, c), a);
  CHECK_THROWS_WITH(nn::GaussianNoise(-1),
                    "GaussianNoise: standard_deviation must be finite and at least 0, got -1");

  nn::RReLU rrelu;
  manual_seed(3);
  const Tensor first = rrelu(-x);
  manual_seed(3);
  CHECK(equal(rrelu(-x), first));
  CHECK(!equal(rrelu(-x), first));
  rrelu.eval();
  const NoDefaultGenerator none("");
  CHECK(allclose(rrelu(-x), -x * (11. / 48)));
}

TEST_CASE("an Embedding begins with normal numbers, and zeros for padding") {
  manual_seed(4);
  const nn::Embedding layer(1000, 64, {.padding_index = -1});
  CHECK(mean(layer.weight).item<double>() == Approx(0).margin(0.01));
  CHECK(stddev(layer.weight).item<double>() == Approx(1).margin(0.01));
  CHECK(equal(layer.weight[999], zeros({64})));
  CHECK(layer(tensor({{1, 2, 3}})).shape() == Shape{1, 3, 64});
  CHECK(equal(nn::Embedding(2, 2, {.weight_initializer = nn::init::ones}).weight, ones({2, 2})));
  CHECK_THROWS_WITH(nn::Embedding(0, 3), "Embedding: num_embeddings must be at least 1, got 0");
  CHECK_THROWS_AS(nn::EmbeddingBag(3, -1), ValueError);
  CHECK_THROWS_WITH(nn::Embedding(4, 3, {.padding_index = 4}),
                    "Embedding: padding_index 4 is out of range for 4 embeddings");

  // Rows that are too long are shortened when they are read.
  const nn::Embedding limited(2, 2, {.max_norm = 1, .weight_initializer = nn::init::ones});
  sum(limited(tensor({1, 1}))).backward();
  CHECK(norm(limited.weight.detach()[1]).item<double>() == Approx(1));
  CHECK(equal(limited.weight.detach()[0], ones({2})));
}

TEST_CASE("a layer with a computed weight begins as the layer was") {
  manual_seed(5);
  const nn::Linear linear(3, 4);
  const nn::Conv2d conv(2, 3, 2);
  const Tensor x = uniform({5, 3}), images = uniform({2, 2, 4, 4});
  CHECK(allclose(nn::WeightNorm(linear)(x), linear(x), {.atol = 1e-6}));
  CHECK(allclose(nn::WeightNorm(conv)(images), conv(images), {.atol = 1e-6}));

  nn::SpectralNorm layer(linear, {.iterations = 50});
  CHECK(matrix_norm(layer.weight(), MatrixNorm::spectral).item<double>() == Approx(1).epsilon(1e-3));
  layer.eval();
  const Tensor u = clone(layer.u);
  layer(x);
  CHECK(equal(layer.u, u));
  CHECK(layer.named_parameters().size() == 2);
  CHECK(layer.named_buffers()[0].first == "parametrizations.weight.0._u");
  layer.to(float64);
  CHECK(layer(to(x, float64)).dtype() == float64);
  nn::WeightNorm other{nn::Linear(3, 4)};
  sum(square(other(x))).backward();
  CHECK(other.length.grad().defined());
  CHECK(other.direction.grad().defined());
  CHECK(other.bias.grad().defined());
}

TEST_CASE("normalization layers refuse what they cannot take") {
  CHECK_THROWS_WITH(nn::GroupNorm(3, 4), "GroupNorm: num_groups must divide num_channels, got 3 and 4");
  CHECK_THROWS_AS(nn::GroupNorm(0, 4), ValueError);
  CHECK_THROWS_WITH(nn::RMSNorm({.normalized_shape = {}}),
                    "RMSNorm: normalized_shape must have at least one axis, got none");
  CHECK_THROWS_AS(nn::RMSNorm({.normalized_shape = {3}, .epsilon = -1}), ValueError);
  CHECK_THROWS_AS(nn::LocalResponseNorm(0), ValueError);
  CHECK_THROWS_AS(nn::InstanceNorm1d({.num_features = 3, .momentum = 2}), ValueError);
  CHECK_THROWS_WITH(nn::InstanceNorm2d(3)(zeros({2, 4, 3, 3})),
                    "InstanceNorm2d: expected rank 3 or 4 with 3 channels on axis 1, got shape [2, 4, 3, 3]");
  CHECK_THROWS_WITH(nn::GroupNorm(2, 4)(zeros({2, 3})), "GroupNorm: expected [N, 4, ...], got shape [2, 3]");
  CHECK_THROWS_AS(nn::Softmax2d()(zeros({2, 3})), ShapeError);
  CHECK_THROWS_AS(nn::PReLU(0), ValueError);
  CHECK_THROWS_AS(nn::Bilinear(0, 1, 1), ValueError);
}
