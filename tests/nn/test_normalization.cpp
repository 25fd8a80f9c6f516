// Batch and layer normalization: values, running statistics, gradients, layers.
#include <cmath>
#include <limits>

#include <catch.h>

#include <taper/autograd/autograd.h>
#include <taper/nn/nn.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/parallel.h>
#include <taper/tensor/random.h>

using namespace taper;

namespace {

void check_close(const Tensor& a, const Tensor& b, double tolerance) {
  REQUIRE(a.shape() == b.shape());
  REQUIRE(a.dtype() == b.dtype());
  if (a.numel() > 0)
    CHECK(max(abs(to(a.detach(), float64) - to(b.detach(), float64))).item<double>() <= tolerance);
}

Tensor channels(const Tensor& parameter, int rank) {
  Shape shape = Shape::filled(rank - 1, 1);
  shape[0] = parameter.numel();
  return reshape(parameter, shape);
}

Axes batch_axes(const Tensor& x) {
  Axes axes = {0};
  for (int axis = 2; axis < x.rank(); ++axis) axes.push_back(axis);
  return axes;
}

Tensor reference_batch_norm(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  const Axes axes = batch_axes(x);
  return (x - mean(x, axes, true)) / sqrt(var(x, axes, true, 0) + 1e-5) * channels(weight, x.rank()) +
         channels(bias, x.rank());
}

// Shapes that meet every loop of the kernels: tails, one channel, one element a run, several chunks.
const std::vector<Shape> batch_shapes = {{5, 3},    {2, 1},       {70, 130},    {3, 2, 1},       {4, 3, 7},
                                         {3, 1, 5}, {2, 3, 4, 4}, {2, 2, 8, 9}, {3, 70, 33, 17}, {900, 67}};

}  // namespace

TEST_CASE("batch_norm by hand") {
  const Tensor x = from_data({1., 10., 3., 30.}, {2, 2});
  const Tensor mean = from_data({1., 1.}, {2}), variance = from_data({4., 4.}, {2});
  Tensor running_mean = to(mean, float64) + 0, running_variance = variance + 0;
  const Tensor y = batch_norm(x, running_mean, running_variance, from_data({1., 2.}, {2}),
                              from_data({0., 5.}, {2}), {.training = true, .momentum = 0.25, .epsilon = 0});
  CHECK(y.to_vector<double>() == std::vector<double>{-1, 3, 1, 7});
  // Means 2 and 20; unbiased variances 2 and 200.
  CHECK(running_mean.to_vector<double>() == std::vector<double>{1.25, 5.75});
  CHECK(running_variance.to_vector<double>() == std::vector<double>{3.5, 53});
  const Tensor z = batch_norm(x, mean, variance, {}, {}, {.training = false, .epsilon = 12});
  CHECK(z.to_vector<double>() == std::vector<double>{0, 2.25, 0.5, 7.25});
  CHECK(mean.to_vector<double>() == std::vector<double>{1, 1});
}

TEST_CASE("batch_norm agrees with its formula, both dtypes, training and not") {
  for (const Shape& shape : batch_shapes)
    for (const DType dtype : {float32, float64}) {
      CAPTURE(shape, dtype);
      const double tolerance = dtype == float32 ? 2e-5 : 1e-12;
      const Tensor x = normal(shape, 3, 2, dtype), g = normal(shape, 0, 1, dtype);
      Tensor weight = uniform({shape[1]}, 0.5, 2, dtype).set_requires_grad();
      Tensor bias = normal({shape[1]}, 0, 1, dtype).set_requires_grad();
      Tensor a = (x + 0).set_requires_grad(), b = to(x + 0, float64).set_requires_grad();
      Tensor weight64 = to(weight.detach(), float64).set_requires_grad(),
             bias64 = to(bias.detach(), float64).set_requires_grad();
      const Tensor y = batch_norm(a, {}, {}, weight, bias, {.training = true});
      const Tensor wanted = reference_batch_norm(b, weight64, bias64);
      check_close(y, to(wanted, dtype), tolerance);
      y.backward(g);
      wanted.backward(to(g, float64));
      const double scale = std::sqrt(static_cast<double>(x.numel()));
      // Where two values make a group, the gradient of x is almost 0, and 1 / deviation may be large.
      check_close(a.grad(), to(b.grad(), dtype), tolerance * (shape[0] == 2 ? 10 : 1));
      check_close(weight.grad(), to(weight64.grad(), dtype), tolerance * scale);
      check_close(bias.grad(), to(bias64.grad(), dtype), tolerance * scale);

      const Tensor mean = normal({shape[1]}, 0, 1, dtype), variance = uniform({shape[1]}, 0.5, 2, dtype);
      const int rank = x.rank();
      check_close(
          batch_norm(x, mean, variance, weight, bias),
          (x - channels(mean, rank)) / sqrt(channels(variance, rank) + 1e-5) * channels(weight, rank) +
              channels(bias, rank),
          tolerance);
    }
}

TEST_CASE("batch_norm keeps its digits far from 0") {
  const Tensor x = normal({500, 3}, 0, 1, float64);
  const Tensor far = to(to(x + 1000, float32), float64);
  const Tensor y = batch_norm(to(far, float32), {}, {}, {}, {}, {.training = true});
  check_close(to(y, float64), batch_norm(far, {}, {}, {}, {}, {.training = true}), 5e-5);
  const Tensor images = reshape(transpose(to(far, float32)), {1, 3, 500});
  check_close(to(batch_norm(images, {}, {}, {}, {}, {.training = true}), float64),
              batch_norm(reshape(transpose(far), {1, 3, 500}), {}, {}, {}, {}, {.training = true}), 5e-5);
  const Tensor constant = full({4, 2, 3}, 0.1);
  check_close(batch_norm(constant, {}, {}, {}, {}, {.training = true}), zeros({4, 2, 3}), 1e-4);
}

TEST_CASE("gradients of normalization, and their gradients") {
  manual_seed(5);
  const auto leaf = [](Tensor x) { return x.set_requires_grad(); };
  const Tensor weight = leaf(uniform({3}, 0.5, 2, float64)), bias = leaf(normal({3}, 0, 1, float64));
  const Tensor mean = normal({3}, 0, 1, float64), variance = uniform({3}, 0.5, 2, float64);
  for (const Shape& shape : {Shape{4, 3}, Shape{2, 3, 4}, Shape{2, 3, 2, 2}}) {
    const Tensor x = leaf(normal(shape, 1, 2, float64));
    const auto training = [](const auto& in) {
      return batch_norm(in[0], {}, {}, in[1], in[2], {.training = true});
    };
    CHECK(gradcheck(training, {x, weight, bias}));
    CHECK(gradgradcheck(training, {x, weight, bias}));
    const auto plain = [](const auto& in) { return batch_norm(in[0], {}, {}, {}, {}, {.training = true}); };
    CHECK(gradcheck(plain, {x}));
    CHECK(gradgradcheck(plain, {x}));
    const auto evaluation = [&](const auto& in) { return batch_norm(in[0], mean, variance, in[1], in[2]); };
    CHECK(gradcheck(evaluation, {x, weight, bias}));
    CHECK(gradgradcheck(evaluation, {x, weight, bias}));
  }
  for (const Shape& shape : {Shape{3}, Shape{4, 3}, Shape{2, 2, 3}}) {
    const Tensor x = leaf(normal(shape, 1, 2, float64));
    const auto layer = [](const auto& in) { return layer_norm(in[0], {3}, in[1], in[2]); };
    CHECK(gradcheck(layer, {x, weight, bias}));
    CHECK(gradgradcheck(layer, {x, weight, bias}));
    CHECK(gradcheck([](const auto& in) { return layer_norm(in[0], {3}); }, {x}));
  }
  const Tensor x = leaf(normal({2, 2, 3}, 1, 2, float64)), scale = leaf(uniform({2, 3}, 0.5, 2, float64));
  const auto two = [](const auto& in) { return layer_norm(in[0], {2, 3}, in[1]); };
  CHECK(gradcheck(two, {x, scale}));
  CHECK(gradgradcheck(two, {x, scale}));
  // Views.
  const auto strided = [](const auto& in) {
    return batch_norm(transpose(in[0]), {}, {}, in[1], {}, {.training = true});
  };
  CHECK(gradcheck(strided, {leaf(normal({3, 5}, 0, 1, float64)), weight}));
}

TEST_CASE("layer_norm agrees with its formula") {
  for (const Shape& shape : {Shape{2, 1}, Shape{3, 5}, Shape{70, 130}, Shape{2, 3, 40}, Shape{9000, 9}})
    for (const DType dtype : {float32, float64}) {
      CAPTURE(shape, dtype);
      const double tolerance = dtype == float32 ? 2e-5 : 1e-12;
      const Tensor g = normal(shape, 0, 1, dtype);
      Tensor a = normal(shape, 3, 2, dtype).set_requires_grad(),
             b = to(a.detach() + 0, float64).set_requires_grad();
      Tensor weight = uniform({shape.back()}, 0.5, 2, dtype).set_requires_grad();
      Tensor bias = normal({shape.back()}, 0, 1, dtype).set_requires_grad();
      Tensor weight64 = to(weight.detach() + 0, float64).set_requires_grad();
      const Tensor y = layer_norm(a, {shape.back()}, weight, bias);
      const Tensor wanted = (b - mean(b, {-1}, true)) / sqrt(var(b, {-1}, true, 0) + 1e-5) * weight64 +
                            to(bias.detach(), float64);
      check_close(y, to(wanted, dtype), tolerance);
      y.backward(g);
      wanted.backward(to(g, float64));
      check_close(a.grad(), to(b.grad(), dtype), tolerance * (shape.back() < 10 ? 10 : 1));
      check_close(weight.grad(), to(weight64.grad(), dtype), tolerance * 100);
      check_close(bias.grad(), sum_to(g, {shape.back()}), tolerance * 100);
    }
  CHECK(layer_norm(ones({0, 4}), {4}).shape() == Shape{0, 4});
}

TEST_CASE("normalization gives the same bits for any number of threads") {
  const int before = num_threads();
  const Tensor images = normal({8, 40, 30, 30}), rows = normal({4000, 96}), g = normal({8, 40, 30, 30}),
               h = normal({4000, 96});
  const Tensor weight = uniform({96}, 0.5, 2), bias = normal({96});
  const auto bits = [&](int threads) {
    set_num_threads(threads);
    std::vector<float> all;
    const auto add = [&](const Tensor& y, const Tensor& cotangent, std::vector<Tensor> leaves) {
      leaves = grad({y}, leaves, {cotangent});
      leaves.push_back(y);
      for (const Tensor& each : leaves) {
        const std::vector<float> values = each.to_vector<float>();
        all.insert(all.end(), values.begin(), values.end());
      }
    };
    Tensor x = (images + 0).set_requires_grad(), r = (rows + 0).set_requires_grad();
    Tensor w = (weight + 0).set_requires_grad(), b = (bias + 0).set_requires_grad();
    add(batch_norm(x, {}, {}, {}, {}, {.training = true}), g, {x});
    add(batch_norm(r, {}, {}, w, b, {.training = true}), h, {r, w, b});
    add(layer_norm(r, {96}, w, b), h, {r, w, b});
    return all;
  };
  CHECK(bits(1) == bits(3));
  set_num_threads(before);
}

TEST_CASE("batch_norm and layer_norm refuse what does not fit") {
  const Tensor x = ones({4, 3}), three = ones({3}), two = ones({2});
  CHECK_THROWS_AS(batch_norm(ones({4}), {}, {}), ShapeError);
  CHECK_THROWS_AS(batch_norm(ones({4, 3}, int64), {}, {}), DTypeError);
  CHECK_THROWS_WITH(batch_norm(x, two, three), "batch_norm: expected a running mean of shape [3], got [2]");
  CHECK_THROWS_AS(batch_norm(x, three, two), ShapeError);
  CHECK_THROWS_AS(batch_norm(x, {}, {}, two), ShapeError);
  CHECK_THROWS_AS(batch_norm(x, {}, {}, {}, two), ShapeError);
  CHECK_THROWS_AS(batch_norm(x, three, to(three, float64)), DTypeError);
  CHECK_THROWS_AS(batch_norm(x, three, {}), ValueError);
  CHECK_THROWS_AS(batch_norm(x, {}, {}, {}, {}, {.epsilon = -1}), ValueError);
  CHECK_THROWS_AS(batch_norm(x, {}, {}, {}, {}, {.momentum = 1.5}), ValueError);
  CHECK_THROWS_WITH(batch_norm(ones({1, 3}), {}, {}, {}, {}, {.training = true}),
                    ContainsSubstring("more than one value for each channel"));
  CHECK(batch_norm(ones({1, 3}), three, three).shape() == Shape{1, 3});
  // Statistics that cannot be written; to be read, they may be any view.
  const Tensor same = expand(ones({1}), {3}), mean = zeros({3});
  CHECK_THROWS_AS(batch_norm(x, mean, same, {}, {}, {.training = true}), ValueError);
  CHECK_THROWS_WITH(batch_norm(x, same, mean, {}, {}, {.training = true}),
                    ContainsSubstring("batch_norm: the elements of the running mean share memory"));
  CHECK(mean.to_vector<float>() == std::vector<float>(3));
  CHECK(same.to_vector<float>() == std::vector<float>(3, 1));
  CHECK(batch_norm(2 * x, same, same, {}, {}, {.epsilon = 0}).to_vector<float>() ==
        std::vector<float>(12, 1));
  CHECK_THROWS_AS(layer_norm(x, {}), ValueError);
  CHECK_THROWS_WITH(layer_norm(x, {4}), "layer_norm: expected a shape that ends in [4], got [4, 3]");
  CHECK_THROWS_AS(layer_norm(three, {1, 3}), ShapeError);
  CHECK_THROWS_AS(layer_norm(x, {3}, two), ShapeError);
  CHECK_THROWS_AS(layer_norm(x, {3}, {}, ones({3}, float64)), DTypeError);
  CHECK_THROWS_AS(layer_norm(x, {3}, {}, {}, -1), ValueError);
  CHECK_THROWS_AS(layer_norm(ones({3}, int32), {3}), DTypeError);
}

TEST_CASE("the number of batches stays at the largest that a state can hold") {
  nn::BatchNorm1d layer({.num_features = 2});
  nn::NamedTensors state = layer.state_dict();
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  state.back().second = from_data({most}, {});
  layer.load_state_dict(state);
  layer(normal({4, 2}));
  CHECK(layer.num_batches_tracked.item<std::int64_t>() == most);
}

TEST_CASE("BatchNorm layers learn running statistics while training, and use them in evaluation") {
  nn::BatchNorm2d layer({.num_features = 3});
  const Tensor x = normal({4, 3, 5, 5}, 2, 3);
  const Tensor unbiased = var(x, {0, 2, 3});
  layer(x);
  check_close(layer.running_mean, 0.1 * mean(x, {0, 2, 3}), 1e-6);
  check_close(layer.running_var, 0.1 * unbiased + 0.9, 1e-5);
  CHECK(layer.num_batches_tracked.item<std::int64_t>() == 1);
  layer.eval();
  const Tensor before = layer.running_mean + 0;
  check_close(layer(x), batch_norm(x, layer.running_mean, layer.running_var, layer.weight, layer.bias), 0);
  CHECK(layer.running_mean.to_vector<float>() == before.to_vector<float>());
  CHECK(layer.num_batches_tracked.item<std::int64_t>() == 1);
  CHECK(layer.state_dict().size() == 5);
  CHECK(layer.state_dict()[3].first == "running_var");
  layer.to(float64);
  CHECK(layer(to(x, float64)).dtype() == float64);

  nn::BatchNorm1d plain({.num_features = 3, .affine = false, .track_running_stats = false});
  CHECK(plain.state_dict().empty());
  plain.eval();
  check_close(mean(plain(normal({50, 3}, 7, 2)), {0}), zeros({3}), 1e-5);
  CHECK(nn::BatchNorm1d(3)(ones({2, 3, 4})).shape() == Shape{2, 3, 4});
  nn::BatchNorm1d all({.num_features = 2, .momentum = 1});
  all(from_data({1.f, 2.f, 3.f, 6.f}, {2, 2}));
  CHECK(all.running_mean.to_vector<float>() == std::vector<float>{2, 4});
  CHECK(all.running_var.to_vector<float>() == std::vector<float>{2, 8});

  CHECK_THROWS_WITH(layer(ones({2, 4, 3, 3}, float64)),
                    "BatchNorm2d: expected rank 4 with 3 channels on axis 1, got shape [2, 4, 3, 3]");
  CHECK_THROWS_AS(layer(ones({2, 3}, float64)), ShapeError);
  CHECK_THROWS_WITH(plain(ones({2, 3, 1, 1})), ContainsSubstring("rank 2 or 3"));
  CHECK_THROWS_WITH(nn::BatchNorm1d({}), "BatchNorm1d: num_features must be at least 1, got 0");
  CHECK_THROWS_AS(nn::BatchNorm2d({.num_features = 1, .epsilon = -1}), ValueError);
  CHECK_THROWS_AS(nn::BatchNorm2d({.num_features = 1, .momentum = 2}), ValueError);
}

TEST_CASE("LayerNorm") {
  nn::LayerNorm layer({.normalized_shape = {2, 3}, .epsilon = 0.5});
  const Tensor x = normal({4, 2, 3});
  nn::init::constant(layer.bias, 2);
  check_close(layer(x), layer_norm(x, {2, 3}, layer.weight, layer.bias, 0.5), 0);
  CHECK(layer.num_parameters() == 12);
  CHECK(nn::LayerNorm({.normalized_shape = {3}, .bias = false}).num_parameters() == 3);
  CHECK(nn::LayerNorm({.normalized_shape = {3}, .affine = false}).num_parameters() == 0);
  CHECK_THROWS_AS(nn::LayerNorm({}), ValueError);
  CHECK_THROWS_WITH(nn::LayerNorm({.normalized_shape = {0}}),
                    "LayerNorm: normalized_shape must be at least 1, got 0");
  CHECK_THROWS_AS(nn::LayerNorm({.normalized_shape = {3}, .epsilon = -1}), ValueError);
}
