// Models of Keras's, trained on and written again: keras train|predict|weights|layers|names ...: see
// tests/interop/keras.py and keras_layers.py.
#include <filesystem>
#include <fstream>
#include <iostream>

#include <taper/interop/keras_parts.h>
#include <taper/taper.h>

using namespace taper;

namespace {

// The steps from `first` on: batch s is the rows 8 s ... 8 s + 7, modulo 24, of x, which are labelled y.
void take_steps(nn::Module& model, optim::Optimizer& optimizer, const io::SafeTensors& data, int first,
                int steps) {
  const Tensor &x = data.at("x"), &y = data.at("y");
  for (int step = first; step < first + steps; ++step) {
    const std::int64_t begin = step * 8 % 24;
    optimizer.minimize(
        [&] { return cross_entropy(model(slice(x, 0, begin, begin + 8)), slice(y, 0, begin, begin + 8)); });
  }
}

// The model that the script has in Keras as well, with other weights.
nn::Sequential convnet() {
  nn::Sequential model(nn::Conv2d(nn::keras::conv2d({.input = 2,
                                                     .filters = 3,
                                                     .kernel_size = 3,
                                                     .padding = Padding::same,
                                                     .activation = Activation::relu,
                                                     .use_bias = false,
                                                     .dtype = float64})),
                       nn::BatchNorm2d(nn::keras::batch_normalization({.input = 3, .dtype = float64})),
                       nn::MaxPool2d(2), nn::Flatten(),
                       nn::Linear(nn::keras::dense({.input = 36, .units = 5, .dtype = float64})), nn::Tanh(),
                       nn::Linear(nn::keras::dense({.input = 5, .units = 3, .dtype = float64})));
  return model;
}

// What is made of NAME.x by NAME.keras, which is then written again as NAME.back.keras and
// NAME.back.weights.h5; and by NAME.begun.keras with the weights of NAME.weights.h5.
void exchange(const std::string& name) {
  const Tensor x = io::load_safetensors(name + ".x").at("x");
  // What a model without weights is written with.
  set_default_dtype(x.dtype() == float32 ? float32 : float64);
  interop::KerasModel model = interop::load_keras(name + ".keras");
  interop::KerasModel other = interop::load_keras(name + ".begun.keras");
  interop::load_keras_weights(*other.model, name + ".weights.h5", {.input_shape = other.input_shape});
  model.model->eval(), other.model->eval();
  io::save_safetensors(name + ".y", {{"model", model(x)}, {"weights", other(x)}});
  interop::save_keras(name + ".back.keras", *model.model, {.input_shape = model.input_shape});
  interop::save_keras_weights(name + ".back.weights.h5", *model.model, {.input_shape = model.input_shape});
}

// Models that are made here, in ways that Keras has no option for; NAME.y has their input, too.
void write_own(const std::string& folder) {
  const auto image = [](const nn::Sequential& model) { return std::pair{model, Shape{2, 4, 6, 5}}; };
  const std::vector<std::pair<nn::Sequential, Shape>> models{
      image(nn::Sequential(nn::ConvTranspose2d({.in_channels = 4,
                                                .out_channels = 2,
                                                .kernel_size = {3, 4},
                                                .stride = 2,
                                                .padding = 1,
                                                .output_padding = {1, 0}}))),
      image(nn::Sequential(nn::ConvTranspose2d({.in_channels = 4,
                                                .out_channels = 2,
                                                .kernel_size = 2,
                                                .stride = 3,
                                                .padding = {0, 1},
                                                .output_padding = {1, 2}}))),
      image(nn::Sequential(
          nn::ConvTranspose2d({.in_channels = 4, .out_channels = 2, .kernel_size = 2, .stride = 3}))),
      image(nn::Sequential(nn::Conv2d(4, 3, 3, {.stride = 2, .padding = {1, 2}}), nn::Hardtanh(0, 0.5))),
      image(nn::Sequential(nn::Conv2d(4, 3, 2, {.activation = Activation::relu, .max_pool = 2}))),
      image(nn::Sequential(nn::AdaptiveAvgPool2d(1), nn::Flatten(), nn::Linear(4, 3), nn::LogSoftmax())),
      image(nn::Sequential(nn::MaxPool2d(2), nn::Threshold(0.25, 0), nn::Flatten(), nn::Linear(24, 3))),
      {nn::Sequential(nn::Linear(4, 3),
                      nn::RMSNorm(nn::RMSNorm::Options{.normalized_shape = 3, .epsilon = 0.25}),
                      nn::AlphaDropout(0.5), nn::Softmax(1)),
       Shape{2, 7, 4}}};
  for (std::size_t i = 0; i < models.size(); ++i) {
    nn::Sequential model = models[i].first;
    model.to(float64), model.eval();
    const Tensor x = uniform(models[i].second, -1, 1, float64);
    const std::string name = folder + "/own." + std::to_string(i);
    io::save_safetensors(name + ".y", {{"x", x}, {"y", model(x)}});
    interop::save_keras(name + ".keras", model, {.input_shape = x.shape()});
  }
}

// All models in the folder; what is refused says why in NAME.error.
void exchange_all(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".x")
      names.push_back((entry.path().parent_path() / entry.path().stem()).string());
  for (const std::string& name : names) try {
      exchange(name);
    } catch (const Error& error) {
      std::ofstream(name + ".error") << error.what();
    }
}

int run(const std::vector<std::string>& arguments) {
  const std::string& task = arguments.at(0);
  if (task == "layers") {  // FOLDER
    const NoGrad no_grad;
    exchange_all(arguments.at(1));
    write_own(arguments.at(1));
    return 0;
  }
  if (task == "names") {
    for (const std::string& name : interop::detail::class_names()) std::cout << name << '\n';
    for (const std::string& name : interop::detail::activation_names())
      std::cout << "Activation " << name << '\n';
    return 0;
  }
  const io::SafeTensors data = io::load_safetensors(arguments.at(1));
  if (task == "predict") {  // DATA MODEL RESULTS
    interop::KerasModel loaded = interop::load_keras(arguments.at(2));
    loaded.model->eval();
    const NoGrad no_grad;
    io::save_safetensors(arguments.at(3), {{"y", loaded(data.at("x"))}});
    return 0;
  }
  if (task == "train") {  // DATA MODEL FIRST STEPS RESULT: the optimizer's state is the model's
    interop::KerasModel loaded = interop::load_keras(arguments.at(2));
    if (loaded.optimizer == nullptr) throw ValueError("the model has no optimizer");
    take_steps(*loaded.model, *loaded.optimizer, data, std::stoi(arguments.at(3)),
               std::stoi(arguments.at(4)));
    interop::save_keras(arguments.at(5), *loaded.model,
                        {.input_shape = loaded.input_shape,
                         .optimizer = loaded.optimizer.get(),
                         .name = loaded.name,
                         .loss = loaded.loss});
    return 0;
  }
  if (task == "weights") {  // DATA WEIGHTS OPTIMIZER FIRST STEPS RESULT: of a model of one's own
    nn::Sequential model = convnet();
    const auto optimizer = optim::from_config(arguments.at(3), model);
    const interop::KerasWeightsOptions options{.optimizer = optimizer.get(), .input_shape = {1, 2, 8, 6}};
    if (!arguments.at(2).empty()) interop::load_keras_weights(model, arguments.at(2), options);
    take_steps(model, *optimizer, data, std::stoi(arguments.at(4)), std::stoi(arguments.at(5)));
    interop::save_keras_weights(arguments.at(6), model, options);
    return 0;
  }
  throw ValueError("unknown task: " + task);
}

}  // namespace

int main(int count, char** arguments) {
  try {
    return run({arguments + 1, arguments + count});
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
