// Networks that Keras trained, made with nn::keras and trained again: tests/golden/keras_layers.py.
#include <cmath>
#include <set>

#include <catch.h>

#include "golden.h"
#include <taper/taper.h>

using namespace taper;
using nlohmann::json;

namespace {

using V = std::vector<double>;

constexpr int steps = 100, examples = 24, batch = 8, classes = 3;

// A variable of Keras, with the axes of Keras's layout in the order that makes it ours.
struct Variable {
  Tensor own;
  std::vector<std::int64_t> order;
  bool trained = true, factor = false;
  bool swapped = false;  // the first two thirds, of our layout's first axis

  // The extents in Keras's layout.
  Shape shape() const {
    std::vector<std::int64_t> extents(static_cast<std::size_t>(own.rank()));
    for (int axis = 0; axis < own.rank(); ++axis)
      extents[static_cast<std::size_t>(order.empty() ? axis : order[static_cast<std::size_t>(axis)])] =
          own.shape()[axis];
    return Shape(extents);
  }
  void set(const V& values) const {
    const NoGrad guard;
    const Tensor keras = from_data(values, shape());
    assign(own, swap(order.empty() ? keras : permute(keras, Axes(Shape(order)))));
  }
  Tensor swap(const Tensor& x) const {
    if (!swapped) return x;
    const std::int64_t third = x.size(0) / 3;
    return concat({slice(x, 0, third, 2 * third), slice(x, 0, 0, third), slice(x, 0, 2 * third, 3 * third)},
                  0);
  }
  V values() const {
    if (order.empty()) return swap(own.detach()).to_vector<double>();
    std::vector<std::int64_t> back(order.size());
    for (std::size_t i = 0; i < order.size(); ++i)
      back[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(i);
    return permute(swap(own.detach()), Axes(Shape(back))).to_vector<double>();
  }
};

// What a recurrent layer has made after the last step.
template <class M>
struct Last : nn::Layer<Last<M>> {
  M layer;
  explicit Last(const nn::RecurrentOptions& options) : layer(this->child("layer", M(options))) {}
  Tensor forward(const Tensor& x) const { return select(layer(x).output, 1, -1); }
};

// The layers of a run, one after the other, and the variables in Keras's order.
struct Network {
  nn::Sequential layers;
  std::vector<Variable> variables;
  std::int64_t features;  // of what comes in
  bool images;

  Network(const json& input, const json& list) : features(input.back()), images(input.size() == 3) {
    for (const json& each : list) add(each[0], each[1]);
  }

  template <class Layer>
  void add(const Layer& layer, std::initializer_list<Variable> all) {
    layers.push_back(layer);
    for (const Variable& each : all)
      if (each.own.defined()) variables.push_back(each);
  }

  static Extent2d extent(const json& from) { return {from[0], from[1]}; }
  static Activation activation(const json& options) {
    return options.value("activation", "") == "relu" ? Activation::relu : Activation::none;
  }

  void add(const std::string& kind, const json& options) {
    if (kind == "Dense") {
      const nn::Linear layer(nn::keras::dense({.input = features,
                                               .units = options["units"],
                                               .activation = activation(options),
                                               .use_bias = options.value("use_bias", true),
                                               .dtype = float64}));
      features = options["units"];
      add(layer, {{layer.weight, {1, 0}}, {layer.bias, {}}});
    } else if (kind == "Conv2D") {
      nn::keras::Conv2DOptions given{.input = features,
                                     .filters = options["filters"],
                                     .kernel_size = extent(options["kernel_size"]),
                                     .activation = activation(options),
                                     .use_bias = options.value("use_bias", true),
                                     .dtype = float64};
      if (options.contains("strides")) given.strides = extent(options["strides"]);
      if (options.contains("dilation_rate")) given.dilation_rate = extent(options["dilation_rate"]);
      if (options.value("padding", "") == "same") given.padding = Padding::same;
      const nn::Conv2d layer(nn::keras::conv2d(given));
      features = options["filters"];
      add(layer, {{layer.weight, {3, 2, 0, 1}}, {layer.bias, {}}});
    } else if (kind == "BatchNormalization") {
      nn::keras::BatchNormalizationOptions given{.input = features, .dtype = float64};
      given.momentum = options.value("momentum", given.momentum);
      given.epsilon = options.value("epsilon", given.epsilon);
      given.center = options.value("center", true);
      given.scale = options.value("scale", true);
      const auto add_it = [&](const auto& layer) {
        add(layer, {{layer.weight, {}, true, true},
                    {layer.bias, {}},
                    {layer.running_mean, {}, false},
                    {layer.running_var, {}, false}});
      };
      images ? add_it(nn::BatchNorm2d(nn::keras::batch_normalization(given)))
             : add_it(nn::BatchNorm1d(nn::keras::batch_normalization(given)));
    } else if (kind == "LayerNormalization") {
      nn::keras::LayerNormalizationOptions given{.input = {features}, .dtype = float64};
      given.epsilon = options.value("epsilon", given.epsilon);
      given.center = options.value("center", true);
      const nn::LayerNorm layer(nn::keras::layer_normalization(given));
      add(layer, {{layer.weight, {}, true, true}, {layer.bias, {}}});
    } else if (kind == "Activation" && options["activation"] == "relu") {
      add(nn::ReLU(), {});
    } else if (kind == "Activation" && options["activation"] == "tanh") {
      add(nn::Tanh(), {});
    } else if (kind == "Activation" && options["activation"] == "sigmoid") {
      add(nn::Sigmoid(), {});
    } else if (kind == "LSTM" || kind == "GRU" || kind == "SimpleRNN") {
      nn::keras::RecurrentOptions given{.input = features,
                                        .units = options["units"],
                                        .use_bias = options.value("use_bias", true),
                                        .dtype = float64};
      given.reset_after = options.value("reset_after", true);
      const bool swapped = kind == "GRU";
      const auto add_it = [&](const auto& last) {
        const RecurrentWeights& own = last.layer.weights.front();
        add(last, {{own.weight_ih, {1, 0}, true, false, swapped},
                   {own.weight_hh, {1, 0}, true, false, swapped},
                   {own.bias_ih, {}, true, false, swapped},
                   {own.bias_hh, {}, true, false, swapped}});
      };
      if (kind == "LSTM") add_it(Last<nn::LSTM>(nn::keras::lstm(given)));
      if (kind == "GRU") add_it(Last<nn::GRU>(nn::keras::gru(given)));
      if (kind == "SimpleRNN") add_it(Last<nn::RNN>(nn::keras::simple_rnn(given)));
      features = options["units"];
    } else if (kind == "Embedding") {
      const nn::Embedding layer(nn::keras::embedding(
          {.input_dim = options["input_dim"], .output_dim = options["output_dim"], .dtype = float64}));
      features = options["output_dim"];
      add(layer, {{layer.weight, {}}});
    } else if (kind == "GlobalAveragePooling1D") {
      add(nn::Lambda([](const Tensor& x) { return mean(x, 1); }), {});
    } else if (kind == "GlobalAveragePooling2D") {
      add(nn::Lambda([](const Tensor& x) { return mean(x, {2, 3}); }), {});
    } else {
      throw ValueError(kind);
    }
  }
};

}  // namespace

namespace {

// The losses, results and variables of a run of the script, from a start that is a little moved.
V train(const json& run, double moved) {
  golden::Numbers numbers;
  const auto drawn = [&](std::int64_t count) {
    V values(static_cast<std::size_t>(count));
    for (double& x : values) x = numbers();
    return values;
  };
  std::vector<std::int64_t> extents = run["input"];
  extents.insert(extents.begin(), examples);
  const Shape shape(extents);
  Tensor inputs = from_data(drawn(shape.numel()), shape);
  if (shape.rank() == 4) inputs = contiguous(permute(inputs, {0, 3, 1, 2}));
  const json words = run["layers"][0][1].value("input_dim", json());
  if (!words.is_null()) inputs = to(floor((inputs + 1) / 2 * words.get<double>()), int64);
  const Tensor labels = remainder(arange(examples), classes);

  Network network(run["input"], run["layers"]);
  for (const Variable& each : network.variables) {
    if (!each.trained) continue;
    V values = drawn(each.own.numel());
    for (double& x : values) x = (x / 2 + each.factor) * (1 + moved);
    each.set(values);
  }
  const auto optimizer = optim::get(std::string(run["optimizer"][0]), network.layers.named_parameters(),
                                    json(run["optimizer"][1]).dump());
  V results;
  for (int step = 0; step < steps; ++step) {
    const std::int64_t begin = step * batch % examples;
    results.push_back(optimizer
                          ->minimize([&] {
                            return cross_entropy(network.layers(slice(inputs, 0, begin, begin + batch)),
                                                 slice(labels, 0, begin, begin + batch));
                          })
                          .item<double>());
  }
  network.layers.eval();
  const auto append = [&](const V& values) { results.insert(results.end(), values.begin(), values.end()); };
  append(network.layers(inputs).to_vector<double>());
  for (const Variable& each : network.variables) append(each.values());
  return results;
}

double distance(const V& a, const V& b) {
  double largest = a.size() == b.size() ? 0 : INFINITY;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    largest = std::max(largest, std::abs(a[i] - b[i]) / std::max(std::abs(b[i]), 1.0));
  return largest;
}

}  // namespace

TEST_CASE("networks of Keras's layers train as in Keras") {
  const io::SafeTensors file = io::load_safetensors(repository("tests/golden/keras_layers.safetensors"));
  std::set<std::string> kinds;
  int sensitive = 0;
  for (const auto& [name, wanted] : file.tensors) {
    INFO(name);
    const json run = json::parse(name);
    for (const json& layer : run["layers"]) kinds.insert(layer[0]);
    const V own = train(run, 0), keras = wanted.to_vector<double>();
    CHECK(std::abs(own[steps - 1] - own[0]) > 1e-3);
    const double error = distance(own, keras);
    CHECK(error < 1e-8);
    if (error < 1e-10) continue;
    // A run that magnifies rounding: so it does the rounding of its start.
    CHECK(error < 10 * distance(train(run, 1e-15), own));
    ++sensitive;
  }
  CHECK(sensitive <= 2);
  CHECK(kinds.size() >= 11);
}

TEST_CASE("layers in Keras's words begin as Keras's do") {
  const nn::Linear dense(nn::keras::dense({.input = 30, .units = 20}));
  const double limit = std::sqrt(6. / 50);
  CHECK(max(abs(dense.weight)).item<double>() <= limit);
  CHECK(max(abs(dense.weight)).item<double>() > 0.9 * limit);
  CHECK(max(abs(dense.bias)).item<double>() == 0);
  const nn::Conv2d convolution(
      nn::keras::conv2d({.input = 4, .filters = 8, .kernel_size = {3, 5}, .padding = Padding::same}));
  const double limit_2d = std::sqrt(6. / (15 * (4 + 8)));
  CHECK(max(abs(convolution.weight)).item<double>() <= limit_2d);
  CHECK(max(abs(convolution.weight)).item<double>() > 0.9 * limit_2d);
  CHECK(max(abs(convolution.bias)).item<double>() == 0);
  CHECK(convolution(zeros({1, 4, 6, 7})).shape() == Shape{1, 8, 6, 7});
  CHECK(nn::keras::batch_normalization({}).epsilon == 1e-3);
  CHECK(nn::keras::batch_normalization({}).momentum == Approx(0.01));
  CHECK(nn::keras::layer_normalization({.input = {3}}).epsilon == 1e-3);
  CHECK(nn::Dropout(nn::keras::dropout({.rate = 0.25})).p == 0.25);
}

TEST_CASE("embeddings and recurrent layers in Keras's words begin as Keras's do") {
  const nn::LSTM lstm(nn::keras::lstm({.input = 3, .units = 4}));
  const RecurrentWeights& own = lstm.weights.front();
  CHECK(own.bias_ih.to_vector<float>() == std::vector<float>{0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0});
  CHECK(!own.bias_hh.defined());
  CHECK(max(abs(matmul(transpose(own.weight_hh), own.weight_hh) - eye(4))).item<float>() < 1e-5);
  CHECK(max(abs(own.weight_ih)).item<double>() <= std::sqrt(6. / (3 + 16)));
  const nn::Embedding embedding(nn::keras::embedding({.input_dim = 20, .output_dim = 10}));
  CHECK(max(abs(embedding.weight)).item<float>() <= 0.05f);
  CHECK(max(abs(embedding.weight)).item<float>() > 0.04f);
  const nn::GRU gru(nn::keras::gru({.input = 3, .units = 4}));
  CHECK(gru.weights.front().bias_hh.to_vector<float>() == std::vector<float>(12));
  CHECK(lstm(zeros({2, 5, 3})).output.shape() == Shape{2, 5, 4});
}

TEST_CASE("what Keras's layers can do and those here can't is refused") {
  const auto refused = [](auto&& make, const char* text) {
    CHECK_THROWS_AS(make(), ValueError);
    CHECK_THROWS_WITH(make(), ContainsSubstring(text));
  };
  refused([] { nn::keras::batch_normalization({.center = false}); }, "center and scale must be equal");
  refused([] { nn::keras::layer_normalization({.scale = false}); }, "center without scale");
  refused([] { nn::Linear layer(nn::keras::dense({.units = 1})); }, "in_features");
}
