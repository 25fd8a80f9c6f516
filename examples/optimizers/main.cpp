// The pictures of docs/optimizers: each optimizer's way down a ravine, and a training beside Keras's.
//
//     build/examples/optimizers [FOLDER]     (docs/images/optimizers)
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <taper/taper.h>
#include <taper/train/plot/plot.h>

using namespace taper;
namespace fs = std::filesystem;
namespace plot = taper::training::plot;

namespace {

struct Way {
  plot::Values x, y, loss, step;
};

double ravine(double x, double y) { return 0.05 * x * x + y * y; }

Way descend(const std::string& optimizer, const std::string& options, int steps) {
  const Tensor scales = from_data<double>({0.05, 1}, {2, 1});
  Tensor w = from_data<double>({-5, 2}, {2, 1});
  const bool matrix = optimizer == "Muon";  // whose rule is for matrices
  Tensor parameter = (matrix ? w : reshape(w, {2})).detach().set_requires_grad();
  const auto made = optim::get(optimizer, {parameter}, options);
  Way way;
  for (int step = 0; step <= steps; ++step) {
    const std::vector<double> at = parameter.to_vector<double>();
    way.x.push_back(at[0]);
    way.y.push_back(at[1]);
    way.loss.push_back(ravine(at[0], at[1]));
    way.step.push_back(step);
    made->minimize([&] { return sum(scales * square(reshape(parameter, {2, 1}))); });
  }
  return way;
}

void draw(const std::string& name, const std::string& options, const fs::path& folder) {
  constexpr int steps = 60;
  const Way way = descend(name, options, steps), plain = descend("SGD", R"({"learning_rate": 0.4})", steps);
  plot::Figure figure({.columns = 2, .title = name + " " + options});
  auto& map = figure.at(0, 0).title("the way down").label("w1", "w2").limit_x(-6, 3).limit_y(-2.5, 2.5);
  map.contours(ravine, {-6, 3}, {-2.5, 2.5}, {0.01, 0.1, 0.5, 1, 2, 4}).line(way.x, way.y, {.series = 0});
  map.points(way.x, way.y, {.series = 0, .width = 4});
  auto& curve = figure.at(0, 1).title("loss").label("step", "loss").log_y().limit_y(1e-8, 10);
  curve.line(plain.step, plain.loss, {.label = "SGD, learning rate 0.4", .series = plot::Style::muted});
  curve.line(way.step, way.loss, {.label = name, .series = 0});
  figure.save(folder / (name + ".svg"));
}

// tests/optim/test_training.cpp makes sure that the two are equal.
void draw_training(const fs::path& folder) {
  const auto file = io::load_safetensors(TAPER_EXAMPLES_DIR "/../tests/golden/keras_training.safetensors");
  const auto get = [&](const std::string& wanted) {
    for (const auto& [name, tensor] : file.tensors)
      if (name == wanted) return tensor;
    throw ValueError("no tensor '" + wanted + "' in the file");
  };
  const auto weight = [&](const char* name) { return get(name).detach().set_requires_grad(); };
  Tensor w0 = weight("before.0.kernel"), b0 = weight("before.0.bias"), w1 = weight("before.1.kernel"),
         b1 = weight("before.1.bias");
  const Tensor inputs = get("inputs"), targets = to(get("targets"), int64);
  optim::Adam adam({w0, b0, w1, b1},
                   {.learning_rate = optim::ExponentialDecay(
                        {.initial_learning_rate = 0.02, .decay_steps = 50, .decay_rate = 0.8})});
  const plot::Values keras = get("losses").to_vector<double>();
  plot::Values steps, losses, differences;
  for (int step = 0; step < 300; ++step) {
    const int begin = step * 16 % 64;
    const Tensor x = slice(inputs, 0, begin, begin + 16), y = slice(targets, 0, begin, begin + 16);
    losses.push_back(
        adam.minimize([&] { return cross_entropy(matmul(tanh(matmul(x, w0) + b0), w1) + b1, y); })
            .item<double>());
    steps.push_back(step);
    differences.push_back(std::max(std::abs(losses.back() - keras[static_cast<std::size_t>(step)]), 1e-17));
  }
  plot::Figure figure({.columns = 2, .title = "300 steps of Adam in float64"});
  auto& curves = figure.at(0, 0).title("loss").label("step", "loss");
  curves.line(steps, keras, {.label = "Keras 3.15.1", .width = 5, .opacity = 0.4});
  curves.line(steps, losses, {.label = "Taper"});
  figure.at(0, 1).title("difference").label("step", "|Taper - Keras|").log_y().line(steps, differences);
  figure.save(folder / "training.svg");
}

}  // namespace

int main(int count, char** arguments) {
  const fs::path folder =
      count > 1 ? fs::path(arguments[1]) : fs::path(TAPER_EXAMPLES_DIR "/../docs/images/optimizers");
  fs::create_directories(folder);
  // Those that go furthest in 60 steps; others draw with their defaults.
  const std::map<std::string, std::string> options{
      {"SGD", R"({"learning_rate": 0.4, "momentum": 0.6})"},
      {"Momentum", R"({"learning_rate": 0.4, "momentum": 0.6, "nesterov": true})"},
      {"RMSprop", R"({"learning_rate": 0.2})"},
      {"Adam", R"({"learning_rate": 0.4})"},
      {"AdamW", R"({"learning_rate": 0.4, "weight_decay": 0.1})"},
      {"Adagrad", R"({"learning_rate": 1.0})"},
      {"Adadelta", R"({"learning_rate": 100.0})"},
      {"Adamax", R"({"learning_rate": 0.5})"},
      {"Nadam", R"({"learning_rate": 0.4})"},
      {"Ftrl", R"({"learning_rate": 1.0})"},
      {"Lion", R"({"learning_rate": 0.1})"},
      {"Lamb", R"({"learning_rate": 0.1})"},
      {"Adafactor", R"({"learning_rate": 0.3})"},
      {"Muon", R"({"learning_rate": 1.0, "weight_decay": 0.0})"},
      {"RAdam", R"({"learning_rate": 0.4})"},
      {"Rprop", R"({"learning_rate": 0.1})"},
      {"ASGD", R"({"learning_rate": 0.9, "t0": 20.0})"},
      {"ScheduleFreeAdamW", R"({"learning_rate": 0.4})"}};
  for (const std::string& name : optim::class_names())
    draw(name, options.count(name) > 0 ? options.at(name) : "{}", folder);
  draw_training(folder);
  std::printf("%s\n", folder.string().c_str());
}
