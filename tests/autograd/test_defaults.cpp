// What arguments are that are left out: each default against the same call with all of them.
#include <catch.h>

#include <taper/autograd/autograd.h>
#include <taper/tensor/create.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/random.h>

using namespace taper;

namespace {

void same(const Tensor& result, const Tensor& wanted) {
  CHECK(result.dtype() == wanted.dtype());
  CHECK(result.shape() == wanted.shape());
  CHECK(to(result, float64).to_vector<double>() == to(wanted, float64).to_vector<double>());
}

Tensor noise(const Shape& shape, double low = -3, double high = 3) {
  Generator generator(7);
  return uniform(shape, low, high, float64, generator);
}

}  // namespace

TEST_CASE("defaults of activations and dropout") {
  const Tensor x = noise({4, 5});
  same(gelu(x), gelu(x, GeluApproximation::none));
  CHECK(gelu(x).to_vector<double>() != gelu(x, GeluApproximation::tanh).to_vector<double>());
  same(leaky_relu(x), leaky_relu(x, 0.01));
  same(elu(x), elu(x, 1));
  manual_seed(3);
  const Tensor dropped = dropout(x);
  manual_seed(3);
  same(dropped, dropout(x, 0.5, true, default_generator()));
  CHECK(dropped.to_vector<double>() != x.to_vector<double>());
}

TEST_CASE("defaults of shapes and reductions") {
  const Tensor x = noise({2, 3, 4});
  same(flatten(x), flatten(x, 0));
  same(transpose(x), transpose(x, 1, 2));
  same(slice(x, 1, 1), slice(x, 1, 1, 3, 1));
  same(slice(x, 2, 1, 4), slice(x, 2, 1, 4, 1));
  same(concat({x, x}), concat({x, x}, 0));
  same(stack({x, x}), stack({x, x}, 0));
  const Axes all{0, 1, 2};
  same(sum(x), sum(x, all, false));
  same(mean(x), mean(x, all, false));
  same(var(x), var(x, all, false, 1));
  same(max(x), max(x, all, false));
  same(min(x), min(x, all, false));
  same(logsumexp(x), logsumexp(x, all, false));
  same(argmax(x, 1), argmax(x, 1, false));
  same(argmin(x, 1), argmin(x, 1, false));
}

TEST_CASE("defaults of convolution, pooling and products") {
  const Tensor x = noise({2, 4, 6, 7}), weight = noise({6, 4, 3, 3});
  same(conv2d(x, weight), conv2d(x, weight, zeros({6}, float64),
                                 {.stride = 1,
                                  .padding = 0,
                                  .dilation = 1,
                                  .groups = 1,
                                  .activation = Activation::none,
                                  .max_pool = 1}));
  for (const auto pool : {max_pool2d, avg_pool2d}) {
    same(pool(x, {}), pool(x, {.kernel_size = 2, .stride = 2, .padding = 0}));
    same(pool(x, {.kernel_size = 3}), pool(x, {.kernel_size = 3, .stride = 3}));
  }
  same(avg_pool2d(x, {.padding = 1}), avg_pool2d(x, {.padding = 1, .count_include_pad = true}));
  CHECK(avg_pool2d(x, {.padding = 1}).to_vector<double>() !=
        avg_pool2d(x, {.padding = 1, .count_include_pad = false}).to_vector<double>());
  const Tensor rows = noise({3, 5}), matrix = noise({4, 5});
  same(linear(rows, matrix), linear(rows, matrix, zeros({4}, float64), Activation::none));
}

TEST_CASE("defaults of normalization") {
  const Tensor x = noise({4, 3});
  Tensor mean = noise({3}), variance = noise({3}, 0.5, 1);
  same(batch_norm(x, mean, variance), batch_norm(x, mean, variance, ones({3}, float64), zeros({3}, float64),
                                                 {.training = false, .momentum = 0.7, .epsilon = 1e-5}));
  Tensor mean_2 = compute::cast(mean, float64), variance_2 = compute::cast(variance, float64);
  batch_norm(x, mean, variance, {}, {}, {.training = true});
  batch_norm(x, mean_2, variance_2, {}, {}, {.training = true, .momentum = 0.1});
  same(mean, mean_2);
  same(variance, variance_2);
  same(layer_norm(x, {3}), layer_norm(x, {3}, ones({3}, float64), zeros({3}, float64), 1e-5));
}

TEST_CASE("defaults of losses") {
  const Tensor logits = noise({4, 3}), x = noise({4}), y = noise({4}) * 0.5, p = noise({4}, 0.1, 0.9);
  const Tensor labels = from_data<std::int64_t>({0, 2, -100, 1}, {4});
  same(cross_entropy(logits, labels),
       cross_entropy(logits, labels,
                     {.reduction = Reduction::mean, .label_smoothing = 0, .ignore_index = -100}));
  same(nll_loss(logits, labels),
       nll_loss(logits, labels, {.reduction = Reduction::mean, .ignore_index = -100}));
  same(mse_loss(x, y), mse_loss(x, y, {.reduction = Reduction::mean}));
  same(l1_loss(x, y), l1_loss(x, y, {.reduction = Reduction::mean}));
  same(huber_loss(x, y), huber_loss(x, y, {.reduction = Reduction::mean, .weight = {}, .delta = 1}));
  same(smooth_l1_loss(x, y), smooth_l1_loss(x, y, {.reduction = Reduction::mean, .beta = 1}));
  same(binary_cross_entropy(p, p), binary_cross_entropy(p, p, {.reduction = Reduction::mean}));
  same(binary_cross_entropy_with_logits(x, p),
       binary_cross_entropy_with_logits(x, p, {.reduction = Reduction::mean}));
}

TEST_CASE("defaults of creation and random numbers") {
  same(zeros({2}), zeros({2}, float32));
  same(ones({2}), ones({2}, float32));
  same(full({2}, 3), full({2}, 3, float32));
  same(scalar(3), scalar(3, float32));
  same(arange(1., 4), arange(1, 4, 1, float32));
  same(arange(4.), arange(0, 4, 1, float32));
  same(arange(1, 4), arange(1, 4, 1, int64));
  same(arange(4), arange(0, 4, 1, int64));
  same(linspace(0, 1, 3), linspace(0, 1, 3, float32));
  same(eye(3), eye(3, 3, float32));
  same(one_hot(arange(0, 3, 1, int64), 3), one_hot(arange(0, 3, 1, int64), 3, float32));
  const auto drawn = [](auto&& draw, auto&& with_all) {
    manual_seed(5);
    const Tensor first = draw();
    Generator generator(5);
    same(first, with_all(generator));
    same(draw(), with_all(generator));  // the default generator goes on, too
  };
  drawn([] { return uniform({3}); }, [](Generator& g) { return uniform({3}, 0, 1, float32, g); });
  drawn([] { return normal({3}); }, [](Generator& g) { return normal({3}, 0, 1, float32, g); });
  drawn([] { return truncated_normal({3}); },
        [](Generator& g) { return truncated_normal({3}, 0, 1, float32, g); });
  drawn([] { return random_integers({3}, 0, 9); },
        [](Generator& g) { return random_integers({3}, 0, 9, int64, g); });
  drawn([] { return bernoulli({3}, 0.5); }, [](Generator& g) { return bernoulli({3}, 0.5, float32, g); });
  drawn([] { return permutation(9); }, [](Generator& g) { return permutation(9, g); });
  Generator fresh, zero(0);
  same(uniform({3}, 0, 1, float32, fresh), uniform({3}, 0, 1, float32, zero));
}
