// Layers: what they compute and what they refuse.
#include <algorithm>

#include <catch.h>

#include <taper/autograd/autograd.h>
#include <taper/nn/nn.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/random.h>

using namespace taper;

namespace {

nn::Sequential make_model() {
  return {nn::Flatten(), nn::Linear(8, 4), nn::ReLU(), nn::Dropout(0.5),
          std::make_shared<nn::Linear>(nn::Linear::Options{.in_features = 4, .out_features = 3})};
}

}  // namespace

TEST_CASE("Linear") {
  nn::Linear layer(3, 2);
  CHECK(layer.weight.shape() == Shape{2, 3});
  CHECK(layer.bias.shape() == Shape{2});
  const Tensor x = uniform({5, 4, 3});
  CHECK(layer(x).to_vector<float>() == linear(x, layer.weight, layer.bias).to_vector<float>());
  nn::Linear plain(3, 2, {.bias = false, .dtype = float64});
  CHECK(!plain.bias.defined());
  CHECK(plain.parameters().size() == 1);
  CHECK(plain(to(x, float64)).dtype() == float64);
  CHECK_THROWS_WITH(nn::Linear({.out_features = 1}), "Linear: in_features must be at least 1, got 0");
  CHECK_THROWS_WITH(nn::Linear(1, -1), "Linear: out_features must be at least 1, got -1");
  CHECK_THROWS_AS(nn::Linear(1, 1, {.dtype = int64}), DTypeError);
  CHECK_THROWS_AS(layer(ones({4})), ShapeError);
}

TEST_CASE("Conv2d") {
  nn::Conv2d layer({.in_channels = 4,
                    .out_channels = 6,
                    .kernel_size = {3, 2},
                    .stride = {2, 1},
                    .padding = 1,
                    .dilation = {1, 2},
                    .groups = 2});
  CHECK(layer.weight.shape() == Shape{6, 2, 3, 2});
  const Tensor x = uniform({2, 4, 7, 6});
  const Conv2dOptions options{.stride = {2, 1}, .padding = 1, .dilation = {1, 2}, .groups = 2};
  CHECK(layer(x).to_vector<float>() == conv2d(x, layer.weight, layer.bias, options).to_vector<float>());
  CHECK(!nn::Conv2d(1, 1, 1, {.bias = false}).bias.defined());
  using Options = nn::Conv2d::Options;
  const auto refused = [](const Options& options, const char* text) {
    CHECK_THROWS_AS(nn::Conv2d(options), ValueError);
    CHECK_THROWS_WITH(nn::Conv2d(options), ContainsSubstring(text));
  };
  refused({.out_channels = 1, .kernel_size = 1}, "Conv2d: in_channels must be at least 1, got 0");
  refused({.in_channels = 1, .kernel_size = 1}, "Conv2d: out_channels must be at least 1, got 0");
  refused({.in_channels = 1, .out_channels = 1}, "Conv2d: kernel_size must be at least 1, got 0");
  refused({.in_channels = 1, .out_channels = 1, .kernel_size = 1, .max_pool = 0},
          "Conv2d: max_pool must be at least 1, got 0");
  CHECK_THROWS_WITH(conv2d(ones({1, 1, 4, 4}), ones({1, 1, 2, 2}), {}, {.max_pool = {2, 4}}),
                    ContainsSubstring("conv2d: a window of 4 does not fit into an image of 3"));
  refused({.in_channels = 1, .out_channels = 1, .kernel_size = {1, 0}}, "kernel_size");
  refused({.in_channels = 1, .out_channels = 1, .kernel_size = 1, .stride = 0}, "stride");
  refused({.in_channels = 1, .out_channels = 1, .kernel_size = 1, .padding = -1},
          "padding must be at least 0");
  refused({.in_channels = 1, .out_channels = 1, .kernel_size = 1, .dilation = 0}, "dilation");
  refused({.in_channels = 1, .out_channels = 1, .kernel_size = 1, .groups = 0}, "groups must be at least 1");
  refused({.in_channels = 3, .out_channels = 2, .kernel_size = 1, .groups = 2},
          "groups must divide in_channels 3");
  refused({.in_channels = 2, .out_channels = 3, .kernel_size = 1, .groups = 2}, "out_channels 3");
}

TEST_CASE("pooling layers") {
  const Tensor x = reshape(arange(32.), {1, 2, 4, 4});
  CHECK(nn::MaxPool2d({.kernel_size = 2})(x).to_vector<float>() ==
        std::vector<float>{5, 7, 13, 15, 21, 23, 29, 31});
  CHECK(nn::AvgPool2d({.kernel_size = 4})(x).to_vector<float>() == std::vector<float>{7.5, 23.5});
  const Pool2dOptions padded{.kernel_size = 3, .stride = 2, .padding = 1, .count_include_pad = false};
  CHECK(nn::AvgPool2d(padded)(x).to_vector<float>() == avg_pool2d(x, padded).to_vector<float>());
  CHECK_THROWS_WITH(nn::MaxPool2d({.kernel_size = 0}), "MaxPool2d: kernel_size must be at least 1, got 0");
  CHECK_THROWS_WITH(nn::AvgPool2d({.stride = {0, 1}}), "AvgPool2d: stride must be at least 1, got 0");
  CHECK_THROWS_AS(nn::MaxPool2d({.padding = -1}), ValueError);
  CHECK_THROWS_WITH(nn::AvgPool2d({.kernel_size = 3, .padding = 2}), ContainsSubstring("at most half"));
  CHECK_THROWS_AS(nn::AvgPool2d({.kernel_size = 3, .padding = {2, 1}}), ValueError);
  CHECK_THROWS_AS(nn::AvgPool2d({.kernel_size = 3, .padding = {1, 2}}), ValueError);
}

TEST_CASE("layers of one function") {
  const Tensor x = linspace(-3, 3, 12);
  const auto same = [&](nn::Module&& layer, const Tensor& wanted) {
    CHECK(layer(x).to_vector<float>() == wanted.to_vector<float>());
  };
  same(nn::ReLU(), relu(x));
  same(nn::Sigmoid(), sigmoid(x));
  same(nn::Tanh(), tanh(x));
  same(nn::SiLU(), silu(x));
  same(nn::Softplus(), softplus(x));
  same(nn::GELU(), gelu(x));
  same(nn::GELU(GeluApproximation::tanh), gelu(x, GeluApproximation::tanh));
  same(nn::LeakyReLU(), leaky_relu(x, 0.01));
  same(nn::LeakyReLU(0.3), leaky_relu(x, 0.3));
  same(nn::ELU(2), elu(x, 2));
  same(nn::Softmax(), softmax(x, -1));
  same(nn::LogSoftmax(0), log_softmax(x, 0));
  same(nn::Identity(), x);
  CHECK(nn::Flatten()(ones({2, 3, 4})).shape() == Shape{2, 12});
  CHECK(nn::Flatten(0)(ones({2, 3, 4})).shape() == Shape{24});
  CHECK(nn::Softmax(0)(ones({2, 3})).to_vector<float>()[0] == 0.5f);
}

TEST_CASE("options of layers that are left out") {
  const Tensor rows = linspace(-3, 3, 24), images = reshape(linspace(-3, 3, 2 * 4 * 6 * 7), {2, 4, 6, 7});
  const auto same = [](const Tensor& result, const Tensor& wanted) {
    CHECK(result.shape() == wanted.shape());
    CHECK(result.to_vector<float>() == wanted.to_vector<float>());
  };
  same(nn::ELU()(rows), elu(rows, 1));
  same(nn::LogSoftmax()(reshape(rows, {4, 6})), log_softmax(reshape(rows, {4, 6}), 1));
  Generator generator(4);
  manual_seed(4);
  same(nn::Dropout()(rows), dropout(rows, 0.5, true, generator));
  same(nn::MaxPool2d({})(images), max_pool2d(images, {.kernel_size = 2, .stride = 2}));
  same(nn::AvgPool2d({})(images), avg_pool2d(images, {.kernel_size = 2, .stride = 2}));
  nn::Linear linear_layer(6, 3);
  same(linear_layer(reshape(rows, {4, 6})),
       linear(reshape(rows, {4, 6}), linear_layer.weight, linear_layer.bias));
  nn::Conv2d conv({.in_channels = 4, .out_channels = 3, .kernel_size = 3});
  same(conv(images), conv2d(images, conv.weight, conv.bias,
                            {.stride = 1, .padding = 0, .dilation = 1, .groups = 1, .max_pool = 1}));
  const Tensor weight = full({4}, 1), shift = zeros({4});
  nn::BatchNorm2d layer({.num_features = 4});
  Tensor mean = zeros({4}), variance = full({4}, 1);
  same(layer(images), batch_norm(images, mean, variance, weight, shift,
                                 {.training = true, .momentum = 0.1, .epsilon = 1e-5}));
  same(layer.running_mean, mean);
  same(layer.running_var, variance);
  CHECK(layer.parameters().size() == 2);
  nn::LayerNorm norm({.normalized_shape = {7}});
  same(norm(images), layer_norm(images, {7}, full({7}, 1), zeros({7}), 1e-5));
  CHECK(norm.parameters().size() == 2);
}

TEST_CASE("Dropout follows the training flag and its generator") {
  Generator generator(7), same(7);
  nn::Dropout layer(0.25, generator);
  const Tensor x = ones({1000});
  CHECK(layer(x).to_vector<float>() == dropout(x, 0.25, true, same).to_vector<float>());
  layer.eval();
  const std::uint64_t before = generator.position();
  CHECK(&layer(x).value() == &x.value());
  CHECK(generator.position() == before);
  CHECK_THROWS_WITH(nn::Dropout(1.5), "Dropout: p must be between 0 and 1, got 1.5");
  CHECK_THROWS_AS(nn::Dropout(-0.1), ValueError);
}

TEST_CASE("Sequential") {
  nn::Sequential model = make_model();
  CHECK(model.size() == 5);
  CHECK(model(ones({6, 2, 4})).shape() == Shape{6, 3});
  const auto named = model.named_parameters();
  CHECK(named.size() == 4);
  CHECK(named[0].first == "1.weight");
  CHECK(named[3].first == "4.bias");
  CHECK(model[2].type() == "ReLU");
  CHECK_THROWS_AS(model[5], IndexError);
  model.push_back(nn::Sigmoid());
  nn::Sequential outer(model, nn::Identity());
  CHECK(outer.size() == 2);
  CHECK(outer.named_parameters()[0].first == "0.1.weight");
  outer.eval();
  const std::vector<float> y = outer(ones({1, 8})).to_vector<float>();
  CHECK(*std::max_element(y.begin(), y.end()) < 1);
  const nn::Sequential copy(outer);
  CHECK(copy.size() == 2);
  CHECK(nn::Sequential().size() == 0);
  const Tensor x = ones({1});
  CHECK(&nn::Sequential()(x).value() == &x.value());
  static_assert(!std::is_constructible_v<nn::Sequential, int>);
}

TEST_CASE("a model learns") {
  manual_seed(1);
  nn::Sequential model(nn::Linear(2, 16), nn::Tanh(), nn::Linear(16, 2));
  const Tensor x = from_data({0.f, 0.f, 0.f, 1.f, 1.f, 0.f, 1.f, 1.f}, {4, 2});
  const Tensor labels = from_data<std::int64_t>({0, 1, 1, 0}, {4});  // exclusive or
  for (int step = 0; step < 200; ++step) {
    model.zero_grad();
    cross_entropy(model(x), labels).backward();
    const NoGrad guard;
    for (Tensor& parameter : model.parameters()) {
      Tensor place = parameter.detach();
      compute::copy(place, parameter - 0.5 * parameter.grad());
    }
  }
  CHECK(cross_entropy(model(x), labels).item<float>() < 0.1f);
  CHECK(argmax(model(x), 1).to_vector<std::int64_t>() == labels.to_vector<std::int64_t>());
}

TEST_CASE("an activation and a pooling of a layer's own are those of layers behind it") {
  manual_seed(3);
  const Tensor rows = uniform({5, 4}, -1, 1), images = uniform({2, 1, 4, 4}, -1, 1);
  nn::Linear linear(4, 6);
  nn::Linear fused(4, 6, {.activation = Activation::relu});
  fused.load_state_dict(linear.state_dict());
  CHECK(fused(rows).to_vector<float>() == relu(linear(rows)).to_vector<float>());
  nn::Conv2d conv({.in_channels = 1, .out_channels = 3, .kernel_size = 3});
  nn::Conv2d fused_conv(
      {.in_channels = 1, .out_channels = 3, .kernel_size = 3, .activation = Activation::relu});
  fused_conv.load_state_dict(conv.state_dict());
  CHECK(fused_conv(images).to_vector<float>() == relu(conv(images)).to_vector<float>());
  nn::Conv2d pooled({.in_channels = 1,
                     .out_channels = 3,
                     .kernel_size = 3,
                     .activation = Activation::relu,
                     .max_pool = {2, 1}});
  pooled.load_state_dict(conv.state_dict());
  CHECK(pooled(images).to_vector<float>() ==
        max_pool2d(relu(conv(images)), {.kernel_size = {2, 1}}).to_vector<float>());
}
