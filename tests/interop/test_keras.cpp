// Keras's files: models and weights that Keras saved go on here, and come back as they were.
#include <array>
#include <cmath>
#include <set>

#include <catch.h>
#include <errors.h>
#include <repository.h>
#include <temporary_directory.h>

#include <taper/interop/keras_parts.h>
#include <taper/taper.h>

using namespace taper;

#if defined TAPER_HAS_HDF5 && defined TAPER_HAS_LIBZIP

namespace {

std::string golden(const std::string& name) { return repository("tests/golden/keras_" + name + ".keras"); }

const io::SafeTensors& expected() {
  static const io::SafeTensors file =
      io::load_safetensors(repository("tests/golden/keras_files.safetensors"));
  return file;
}

double distance(const Tensor& a, const Tensor& b) {
  return max(abs(to(a, float64) - to(b, float64)) / maximum(abs(to(b, float64)), 1)).item<double>();
}

// The steps that tests/golden/keras_files.py makes.
void take_steps(nn::Module& model, optim::Optimizer& optimizer, const std::string& name, int first,
                int steps) {
  const Tensor &x = expected().at(name + ".x"), y = to(expected().at(name + ".y"), int64);
  for (int step = first; step < first + steps; ++step) {
    const std::int64_t begin = step * 8 % 24;
    optimizer.minimize(
        [&] { return cross_entropy(model(slice(x, 0, begin, begin + 8)), slice(y, 0, begin, begin + 8)); });
  }
}

// How far the variables of a weights file are from those that Keras has after all steps, and how many there
// are.
std::pair<double, int> compare(const io::Hdf5& file, const std::string& name, bool with_optimizer) {
  double largest = 0;
  int count = 0;
  for (const auto& [path, wanted] : expected().tensors) {
    if (!path.starts_with(name + "/") || (!with_optimizer && path.find("optimizer") != std::string::npos))
      continue;
    const Tensor& own = file.at(path.substr(name.size() + 1));
    REQUIRE(own.shape() == wanted.shape());
    largest = std::max(largest, distance(own, wanted));
    ++count;
  }
  return {largest, count};
}

nn::Sequential convnet() {
  return {nn::Conv2d(nn::keras::conv2d({.input = 2,
                                        .filters = 3,
                                        .kernel_size = 3,
                                        .padding = Padding::same,
                                        .activation = Activation::relu,
                                        .use_bias = false,
                                        .dtype = float64})),
          nn::BatchNorm2d(nn::keras::batch_normalization({.input = 3, .dtype = float64})),
          nn::MaxPool2d(2),
          nn::Flatten(),
          nn::Linear(nn::keras::dense({.input = 18, .units = 4, .dtype = float64})),
          nn::Tanh(),
          nn::Linear(nn::keras::dense({.input = 4, .units = 3, .dtype = float64}))};
}

// The same network as a module of one's own.
struct Net : nn::Layer<Net> {
  nn::Conv2d first = child("first", convnet().get<nn::Conv2d>(0));
  nn::BatchNorm2d norm = child("norm", convnet().get<nn::BatchNorm2d>(1));
  nn::MaxPool2d pool = child("pool", nn::MaxPool2d(2));
  nn::Linear hidden = child("hidden", convnet().get<nn::Linear>(4));
  nn::Linear last = child("last", convnet().get<nn::Linear>(6));
  Tensor forward(const Tensor& x) const { return last(tanh(hidden(flatten(pool(norm(first(x))), 1)))); }
};

// The weights of a golden file alone.
std::string weights_file(const TemporaryDirectory& directory, const std::string& name) {
  const io::ZipReader archive("test", golden(name));
  return directory.file(name + ".weights.h5", archive.read(*archive.find("model.weights.h5")));
}

}  // namespace

TEST_CASE("a training that Keras has begun goes on to the same weights") {
  const TemporaryDirectory directory;
  for (const std::string name : {"conv", "recurrent"}) {
    INFO(name);
    interop::KerasModel loaded = interop::load_keras(golden(name));
    REQUIRE(loaded.optimizer != nullptr);
    CHECK(loaded.optimizer->iterations() == 50);
    CHECK(std::string(loaded.optimizer->name()) == (name == "conv" ? "Nadam" : "RMSprop"));
    CHECK(loaded.input_shape == (name == "conv" ? Shape{1, 2, 6, 4} : Shape{1, 4, 3}));
    CHECK(loaded.loss.find("SparseCategoricalCrossentropy") != std::string::npos);
    take_steps(*loaded.model, *loaded.optimizer, name, 50, 50);
    interop::save_keras_weights(directory / "x.weights.h5", *loaded.model,
                                {.optimizer = loaded.optimizer.get(), .input_shape = loaded.input_shape});
    const auto [error, count] = compare(io::load_hdf5(directory / "x.weights.h5"), name, true);
    CHECK(error < 1e-11);
    CHECK(count == (name == "conv" ? 26 : 66));
    // The weights alone, before and after: what the steps change is much more.
    const interop::KerasModel before = interop::load_keras(golden(name));
    interop::save_keras_weights(directory / "x.weights.h5", *before.model,
                                {.input_shape = before.input_shape});
    CHECK(compare(io::load_hdf5(directory / "x.weights.h5"), name, false).first > 1e-3);
  }
}

TEST_CASE("a model that is saved is that which was loaded") {
  const TemporaryDirectory directory;
  for (const std::string name : {"conv", "recurrent"}) {
    INFO(name);
    interop::KerasModel loaded = interop::load_keras(golden(name));
    interop::save_keras(directory / "x.keras", *loaded.model,
                        {.input_shape = loaded.input_shape,
                         .optimizer = loaded.optimizer.get(),
                         .name = loaded.name,
                         .loss = loaded.loss});
    interop::KerasModel again = interop::load_keras(directory / "x.keras");
    CHECK(again.name == loaded.name);
    CHECK(again.loss == loaded.loss);
    CHECK(again.input_shape == loaded.input_shape);
    CHECK(again.optimizer->get_config() == loaded.optimizer->get_config());
    const NamedTensors state = loaded.model->state_dict(), other = again.model->state_dict();
    REQUIRE(state.size() == other.size());
    for (std::size_t i = 0; i < state.size(); ++i) CHECK(equal(state[i].second, other[i].second));
    take_steps(*loaded.model, *loaded.optimizer, name, 50, 5);
    take_steps(*again.model, *again.optimizer, name, 50, 5);
    for (std::size_t i = 0; i < state.size(); ++i)
      CHECK(equal(loaded.model->state_dict()[i].second, again.model->state_dict()[i].second));
  }
}

TEST_CASE("networks of many layers make what they make in Keras") {
  const TemporaryDirectory directory;
  for (const std::string name : {"images", "sequences"}) {
    INFO(name);
    const interop::KerasModel loaded = interop::load_keras(golden(name));
    CHECK(loaded.optimizer == nullptr);
    loaded.model->eval();
    const Tensor x = name == "images" ? expected().at("images.x") : to(expected().at("sequences.x"), int64);
    const NoGrad no_grad;
    const Tensor wanted = expected().at(name + ".result");
    CHECK(distance(loaded(x), wanted) < 1e-8);  // Keras rounds some epsilons to float32
    CHECK(max(abs(wanted - mean(wanted))).item<double>() > 0.01);
    interop::save_keras(directory / "x.keras", *loaded.model, {.input_shape = loaded.input_shape});
    const interop::KerasModel again = interop::load_keras(directory / "x.keras");
    again.model->eval();
    CHECK(distance(again(x), loaded(x)) < 1e-13);
  }
}

TEST_CASE("weights of Keras's go into models of one's own, and back") {
  const TemporaryDirectory directory;
  const std::string path = weights_file(directory, "conv");
  nn::Sequential sequential = convnet();
  Net net;
  const auto check = [&](nn::Module& model) {
    const auto optimizer = optim::get("Nadam", model.named_parameters(), R"({"learning_rate": 0.01})");
    const interop::KerasWeightsOptions options{.optimizer = optimizer.get(), .input_shape = {1, 2, 6, 4}};
    interop::load_keras_weights(model, path, options);
    CHECK(optimizer->iterations() == 50);
    interop::save_keras_weights(directory / "back.weights.h5", model, options);
    const io::Hdf5 before = io::load_hdf5(path), after = io::load_hdf5(directory / "back.weights.h5");
    REQUIRE(after.tensors.size() == before.tensors.size());
    for (const auto& [name, tensor] : before.tensors) {
      INFO(name);
      CHECK(equal(after.at(name), tensor));
    }
    take_steps(model, *optimizer, "conv", 50, 50);
    interop::save_keras_weights(directory / "back.weights.h5", model, options);
    CHECK(compare(io::load_hdf5(directory / "back.weights.h5"), "conv", true).first < 1e-11);
  };
  check(sequential);
  check(net);
  // From the whole model, too.
  interop::load_keras_weights(net, golden("conv"), {.input_shape = {1, 2, 6, 4}});
}

TEST_CASE("weights of a Keras model with attributes are found by the names of children") {
  const TemporaryDirectory directory;
  Net net, other;
  io::Hdf5 file{{{"first/vars/0", permute(net.first.weight, {2, 3, 1, 0})},
                 {"norm/vars/0", net.norm.weight},
                 {"norm/vars/1", net.norm.bias},
                 {"norm/vars/2", net.norm.running_mean},
                 {"norm/vars/3", net.norm.running_var},
                 {"hidden/vars/0", transpose(net.hidden.weight)},
                 {"hidden/vars/1", net.hidden.bias},
                 {"last/vars/0", transpose(net.last.weight)},
                 {"last/vars/1", net.last.bias}},
                {}};
  io::save_hdf5(directory / "x.weights.h5", file);
  interop::load_keras_weights(other, directory / "x.weights.h5", {.input_shape = {1, 2, 6, 4}});
  CHECK(equal(other.first.weight, net.first.weight));
  CHECK(equal(other.last.weight, net.last.weight));
  CHECK(!equal(other.hidden.weight, net.hidden.weight));  // its rows are those of images with channels last
}

TEST_CASE("what happens to images before they are flattened must be seen") {
  const TemporaryDirectory directory;
  struct Hidden : nn::Layer<Hidden> {
    nn::Conv2d first = child("first", nn::Conv2d(2, 3, 1));
    nn::Linear last = child("last", nn::Linear(18, 3));
    Tensor forward(const Tensor& x) const {
      return last(flatten(max_pool2d(first(x), {.kernel_size = 2}), 1));
    }
  };
  CHECK_THROWS_WITH(
      interop::save_keras_weights(directory / "x.weights.h5", Hidden(), {.input_shape = {1, 2, 6, 4}}),
      ContainsSubstring("its 18 features come from images of another shape than [3, 6, 4]"));
}

TEST_CASE("what does not fit is said at once, and nothing is changed") {
  const TemporaryDirectory directory;
  const std::string path = weights_file(directory, "conv");
  nn::Sequential model = convnet();
  const NamedTensors before = model.state_dict();
  const auto refused = [&](nn::Module& given, const interop::KerasWeightsOptions& options,
                           const std::string& text) {
    const std::string said = message_of([&] { interop::load_keras_weights(given, path, options); });
    INFO(said);
    CHECK(said.find(text) != std::string::npos);
    CHECK(said.starts_with("load_keras_weights: "));
  };
  refused(model, {}, "expected the input_shape");
  nn::Sequential wider(nn::Linear(18, 5), nn::Linear(4, 3), nn::Linear(3, 2));
  refused(wider, {}, "missing: 'layers/dense_2/vars/0', 'layers/dense_2/vars/1'");
  nn::Sequential other(nn::Linear(18, 5), nn::Linear(4, 3));
  refused(other, {},
          "'layers/dense/vars/0' is [18, 4], expected [18, 5]; 'layers/dense/vars/1' is [4], expected [5]");
  optim::SGD sgd(model, {.momentum = 0.9});
  refused(model, {.optimizer = &sgd, .input_shape = {1, 2, 6, 4}}, "SGD: 'optimizer/vars/3' has the shape");
  optim::Adam amsgrad(model, {.amsgrad = true});
  refused(model, {.optimizer = &amsgrad, .input_shape = {1, 2, 6, 4}}, "Adam: ");
  optim::Adafactor adafactor(model);
  refused(model, {.optimizer = &adafactor, .input_shape = {1, 2, 6, 4}}, "cannot be converted");
  optim::Adam of_another(nn::Linear(2, 3));
  refused(model, {.optimizer = &of_another, .input_shape = {1, 2, 6, 4}},
          "its parameter 'weight' is not one of the model");
  nn::Sequential unknown(nn::Bilinear(2, 3, 4));
  refused(unknown, {}, "'0' (Bilinear): there is no layer of Keras's for it");
  for (std::size_t i = 0; i < before.size(); ++i)
    CHECK(equal(model.state_dict()[i].second, before[i].second));
}

TEST_CASE("layers that are frozen have no slots in Keras's files") {
  const TemporaryDirectory directory;
  nn::Sequential model(nn::Linear(2, 3), nn::Linear(3, 1));
  optim::Adam adam(model);
  const auto step = [&] { adam.minimize([&] { return sum(square(model(ones({4, 2})))); }); };
  step();
  model.get<nn::Linear>(0).set_requires_grad(false);
  step();
  interop::save_keras_weights(directory / "x.weights.h5", model, {.optimizer = &adam});
  const io::Hdf5 file = io::load_hdf5(directory / "x.weights.h5");
  CHECK(file.find("optimizer/vars/5") != nullptr);
  CHECK(file.find("optimizer/vars/6") == nullptr);
  CHECK(file.at("optimizer/vars/2").shape() == Shape{3, 1});
  interop::load_keras_weights(model, directory / "x.weights.h5", {.optimizer = &adam});
}

TEST_CASE("layers have the same outputs after a change of Keras's kind") {
  // Layers whose parameters are in other orders or shapes, through a file and into a second model.
  const TemporaryDirectory directory;
  const auto check = [&](nn::Module& model, nn::Module& twin, const Shape& input, int variables) {
    INFO(model.type());
    interop::save_keras_weights(directory / "x.weights.h5", model, {.input_shape = input});
    CHECK(io::load_hdf5(directory / "x.weights.h5").tensors.size() == static_cast<std::size_t>(variables));
    const NamedTensors before = twin.state_dict();
    interop::load_keras_weights(twin, directory / "x.weights.h5", {.input_shape = input});
    const NamedTensors a = model.state_dict(), b = twin.state_dict();
    for (std::size_t i = 0; i < a.size(); ++i)
      if (a[i].second.dtype() != int64) CHECK(equal(a[i].second, b[i].second));
  };
  const auto lstm = [] {
    return interop::KerasRecurrent<nn::LSTM>(nn::RecurrentOptions{
        .input_size = 3, .hidden_size = 2, .hidden_bias = false, .batch_first = true, .bidirectional = true});
  };
  auto a = lstm(), b = lstm();
  check(a, b, {1, 4, 3}, 6);
  const auto gru = [] {
    return nn::Sequential(interop::KerasRecurrent<nn::GRU>(nn::keras::gru({.input = 3, .units = 2})));
  };
  auto c = gru(), d = gru();
  check(c, d, {1, 4, 3}, 3);
  const auto conv = [] {
    return nn::Sequential(nn::Conv1d(4, 8, 3, {.groups = 4}), nn::Flatten(), nn::Linear(24, 2));
  };
  auto e = conv(), f = conv();
  check(e, f, {1, 4, 5}, 4);
  const io::Hdf5 file = io::load_hdf5(directory / "x.weights.h5");
  CHECK(file.at("layers/depthwise_conv1d/vars/0").shape() == Shape{3, 4, 2});
  // Features of [C, L] are those of [L, C] in Keras.
  CHECK(equal(file.at("layers/dense/vars/0")[1], transpose(e.get<nn::Linear>(2).weight)[3]));
  nn::Sequential two_biases(nn::LSTM(3, 2, {.batch_first = true}));
  CHECK_THROWS_WITH(interop::save_keras_weights(directory / "y.weights.h5", two_biases),
                    ContainsSubstring("hidden_bias = false"));
}

TEST_CASE("models that Keras cannot have are not written") {
  const TemporaryDirectory directory;
  const auto refused = [&](const nn::Module& model, const Shape& input, const std::string& text) {
    const std::string said =
        message_of([&] { interop::save_keras(directory / "x.keras", model, {.input_shape = input}); });
    INFO(said);
    CHECK(said.find(text) != std::string::npos);
    CHECK(directory.entries() == 0);
  };
  refused(Net(), {1, 2, 6, 4}, "Net: its forward() is code");
  refused(nn::Sequential(nn::Linear(2, 3)), {}, "expected an input_shape with a batch");
  refused(nn::Sequential(nn::Conv1d(2, 3, 3)), {1, 2, 5}, "ChannelsFirst");
  refused(nn::Sequential(nn::Conv2d(2, 3, 1), nn::Linear(4, 3)), {1, 2, 5, 4}, "ChannelsLast");
  refused(nn::Sequential(nn::Conv2d(2, 3, 1), nn::Flatten()), {1, 2, 5, 4},
          "flattened with the channels in front");
  refused(nn::Sequential(nn::Conv2d(2, 3, 1), nn::Flatten(), nn::LayerNorm(60)), {1, 2, 5, 4},
          "ChannelsLast");
  refused(nn::Sequential(nn::MaxPool2d({.kernel_size = 3, .stride = 1, .padding = 1, .dilation = 2})),
          {1, 2, 9, 9}, "no dilation");
  refused(nn::Sequential(nn::Lambda([](const Tensor& x) { return x; })), {1, 2},
          "Keras has no layer for Lambda");
  refused(nn::Sequential(nn::ConvTranspose2d(
              {.in_channels = 2, .out_channels = 3, .kernel_size = 3, .stride = 2, .output_padding = 1})),
          {1, 2, 5, 4}, "no more than padding takes away");
  refused(nn::Sequential(
              nn::ConvTranspose2d({.in_channels = 2, .out_channels = 3, .kernel_size = 3, .dilation = 2})),
          {1, 2, 5, 4}, "no dilation");
  refused(nn::Sequential(nn::Linear(2, 3), nn::Hardtanh(-1, 2)), {1, 2}, "from -1 to 1, or from 0 on");
  refused(nn::Sequential(nn::Linear(2, 3), nn::Threshold(1, 2)), {1, 2}, "with 0 below it");
  refused(nn::Sequential(nn::Linear(2, 3), nn::RMSNorm(3)), {1, 2}, "a given epsilon");
  refused(nn::Sequential(nn::Upsample({.scale_factor = 2, .mode = Resampling::bicubic})), {1, 2, 5, 4},
          "the mode nearest");
  refused(nn::Sequential(nn::Upsample({.scale_factor = 1.5})), {1, 2, 5, 4}, "whole factors");
  refused(nn::Sequential(nn::ZeroPad1d(1)), {1, 2, 5}, "ChannelsFirst");
  refused(nn::Sequential(interop::Cropping({{1, 1}})), {1, 2, 5, 4}, "all axes behind the channels");
  refused(nn::Sequential(interop::Permute({3, 1, 2})), {1, 2, 5, 4}, "ChannelsLast");
  refused(nn::Sequential(nn::Linear(2, 3), nn::Softmax(0)), {1, 2}, "an axis that is not the batch's");
}

TEST_CASE("a model that is described by nonsense is refused by name") {
  const auto built = [](const std::string& config, const io::Hdf5& weights) {
    return message_of([&] { interop::detail::model_of("here", config, weights); });
  };
  const auto chain = [](const std::string& layer, const std::string& shape = "null, 4") {
    return R"({"class_name": "Sequential", "config": {"name": "m", "layers": [{"class_name": "InputLayer", "config": )"
           R"({"name": "i", "batch_shape": [)" +
           shape + "]}}, " + layer + "]}}";
  };
  const io::Hdf5 weights{{{"layers/dense/vars/0", zeros({4, 3})}, {"layers/dense/vars/1", zeros({3})}},
                         {"layers"}};
  const std::string dense = R"({"class_name": "Dense", "config": {"name": "d", "units": 3}})";
  CHECK(built(chain(dense), weights).empty());
  const auto refused = [&](const std::string& config, const std::string& text) {
    const std::string said = built(config, weights);
    INFO(said);
    CHECK(said.find(text) != std::string::npos);
    CHECK(said.starts_with("here"));
  };
  refused("{", "malformed JSON");
  refused("[]", "here: ");
  refused(std::string(100, '[') + std::string(100, ']'), "nested deeper than 64");
  refused(R"({"class_name": "MyModel", "config": {"layers": []}})", "got one of the class MyModel");
  refused(chain(R"({"class_name": "Dense", "config": {"name": "d", "units": 1000000000}})"),
          "layer 'd' (Dense): expected 'layers/dense/vars/0' of the shape [4, 1000000000], got [4, 3]");
  refused(chain(dense + ", " + dense),
          "layer 'd' (Dense): its variable 'layers/dense_1/vars/0' is not in the file");
  refused(chain(R"({"class_name": "Masking", "config": {"name": "m"}})"),
          "layer 'm' (Masking): there is no layer for it here");
  refused(
      chain(
          R"({"class_name": "Embedding", "config": {"name": "e", "input_dim": 2, "output_dim": 2, "mask_zero": true}})"),
      "mask_zero");
  refused(chain(R"({"class_name": "Conv2D", "config": {"name": "c", "data_format": "channels_first"}})"),
          R"(expected data_format = "channels_last", got "channels_first")");
  refused(chain(R"({"class_name": "Dense", "config": {"name": "d", "dtype": "float16", "units": 3}})"),
          "float16");
  refused(chain(R"({"class_name": "Dense", "config": {"name": "d"}})"), "units");
  refused(chain(R"({"class_name": "Activation", "config": {"name": "a", "activation": "magic"}})"),
          "no activation 'magic'");
  refused(chain(R"({"class_name": "Reshape", "config": {"name": "r", "target_shape": [3, 2]}})"),
          "does not fit");
  refused(
      chain(R"({"class_name": "LSTM", "config": {"name": "l", "units": 3, "dropout": 0.5}})", "null, 5, 4"),
      "dropout = 0.5 is not supported: put a Dropout in front of the layer");
  refused(
      chain(
          R"({"class_name": "MaxPooling2D", "config": {"name": "p", "pool_size": [9, 9], "padding": "valid"}})",
          "null, 4, 4, 1"),
      "a window of 9 does not fit in 4");
  const auto layer = [](const std::string& kind, const std::string& options) {
    return R"({"class_name": ")" + kind + R"(", "config": {"name": "x", )" + options + "}}";
  };
  const std::string image = "null, 4, 5, 2", sequence = "null, 4, 2";
  for (const auto& [given, shape, text] : std::vector<std::array<std::string, 3>>{
           {layer("Cropping2D", R"("cropping": [[1, 1], [2, 3]])"), image, "leaves nothing"},
           {layer("Cropping2D", R"("cropping": [[1, 1]])"), image, "expected 2 pairs as cropping"},
           {layer("Cropping1D", R"("cropping": [-1, 1])"), sequence, "its cropping is out of range"},
           {layer("ZeroPadding1D", R"("padding": [1, 10000000])"), sequence, "its padding is out of range"},
           {layer("ZeroPadding2D", R"("padding": [1, 1])"), sequence, "expected an input of 3 axes"},
           {layer("UpSampling2D", R"("size": [1000000, 0])"), image, "expected 2 positive numbers as size"},
           {layer("UpSampling2D", R"("size": 2.5)"), image, "expected 2 positive numbers as size, got 2.5"},
           {layer("UpSampling2D", R"("size": [2, 2e96])"), image, "expected an integer, got 2e+96"},
           {layer("RepeatVector", R"("n": 2e96)"), "null, 3", "expected an integer, got 2e+96"},
           {layer("UpSampling1D", R"("size": 1000000)") + ", " + layer("UpSampling1D", R"("size": 1000000)"),
            "null, 1000000, 2", "its result is too large"},
           {layer("Reshape", R"("target_shape": [4611686018427387904])") + ", " +
                layer("SeparableConv1D", R"("filters": 2)"),
            "null, null", "expected an input of 2 axes"},
           {layer("Reshape", R"("target_shape": [2, 4611686018427387904])") + ", " +
                layer("SeparableConv1D", R"("filters": 2)"),
            "null, null", "its target_shape is out of range"},
           {layer("Reshape", R"("target_shape": [1, 4611686018427387904])") + ", " +
                layer("SeparableConv1D", R"("filters": 2)"),
            "null, null", "the channels of its input are too many"},
           {layer("MultiHeadAttention", R"("num_heads": 4, "key_dim": 4611686018427387904)"), sequence,
            "to be the features of its input"},
           {layer("Permute", R"("dims": [1, 3])"), sequence, "expected each axis once as dims"},
           {layer("Permute", R"("dims": [2, 1])"), image, "expected an input of 2 axes"},
           {layer("RepeatVector", R"("n": 0)"), "null, 3", "its n is out of range"},
           {layer("Softmax", R"("axis": 3)"), sequence, "expected an axis behind the batch, got 3"},
           {layer("LayerNormalization", R"("axis": [])"), sequence, "expected an axis, got none"},
           {layer("LayerNormalization", R"("axis": [1, 2])"), "null, null, 2", "must be known"},
           {layer("Bidirectional", R"("layer": {"class_name": "Dense", "config": {}})"), sequence,
            "expected LSTM, GRU or SimpleRNN in it, got Dense"}})
    refused(chain(given, shape), text);
  refused(
      R"({"class_name": "Functional", "config": {"layers": [{"class_name": "InputLayer", "name": "i", "inbound_nodes": [],
            "config": {"name": "i", "batch_shape": [null, 4]}}, {"class_name": "Dense", "name": "d", "config": {"name": "d",
            "units": 3}, "inbound_nodes": [{"args": [{"class_name": "__keras_tensor__", "config": {"keras_history":
            ["d", 0, 0]}}], "kwargs": {}}]}], "output_layers": [["d", 0, 0]]}})",
      "the inputs of 'd' are not there");
}

TEST_CASE("a file that is no model of Keras's is refused") {
  const TemporaryDirectory directory;
  const std::string text = directory.file("x.keras", "no archive");
  CHECK_THROWS_AS(interop::load_keras(text), IoError);
  CHECK_THROWS_WITH(interop::load_keras(text), ContainsSubstring(text));
  CHECK_THROWS_AS(interop::load_keras(directory / "missing.keras"), IoError);
  io::ZipWriter archive("test", directory / "y.keras");
  archive.add("config.json", {"{}"});
  archive.commit();
  CHECK_THROWS_WITH(interop::load_keras(directory / "y.keras"),
                    ContainsSubstring("there is no 'model.weights.h5' in it"));
}

#else

TEST_CASE("without the libraries for Keras's files, errors say how to get them") {
  const nn::Sequential model(nn::Linear(2, 3));
#ifndef TAPER_HAS_HDF5
  const TemporaryDirectory directory;
  CHECK_THROWS_WITH(interop::save_keras_weights(directory / "x.weights.h5", model),
                    ContainsSubstring("libhdf5-dev"));
#endif
#ifndef TAPER_HAS_LIBZIP
  CHECK_THROWS_WITH(interop::load_keras(repository("tests/golden/keras_conv.keras")),
                    ContainsSubstring("libzip-dev"));
#endif
}

#endif
