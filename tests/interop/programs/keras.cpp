// Models of Keras's, trained on and written again: keras train|predict|start ...; see tests/interop/keras.py.
#include <iostream>

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

int run(const std::vector<std::string>& arguments) {
  const std::string& task = arguments.at(0);
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
