// Learns to read handwritten digits: models, optimizers and schedules to choose from (--help).
#include <filesystem>
#include <iostream>
#include <limits>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <terminal/options.h>

#include "models.h"
#include "training.h"
#include <taper/taper.h>
#include <taper/train/picture.h>

using namespace taper;

namespace {

struct Options {
  std::string model = "digits", optimizer = "adam", schedule;  // empty: the model's own
  double learning_rate = 0;                                    // 0: the optimizer's own
  double decay_rate = 0.5;
  std::int64_t batch_size = 0, epochs = 0, threads = 0, limit = 60000;  // 0: the model's own
  std::uint64_t seed = 1;
  std::filesystem::path data = TAPER_EXAMPLES_DIR "/data/mnist", save;
};

void declare(CLI::App& app, Options& options) {
  app.option_defaults()->take_last();
  app.add_option("--model", options.model, "digits, mlp, convnet or lenet")
      ->check(CLI::IsMember({"digits", "mlp", "convnet", "lenet"}));
  app.add_option("--optimizer", options.optimizer, "sgd, momentum, rmsprop or adam")
      ->check(CLI::IsMember({"sgd", "momentum", "rmsprop", "adam"}));
  app.add_option(
         "--learning-rate", options.learning_rate,
         "0.003 for adam (onecycle: up to 0.01), 0.001 for rmsprop, 0.1 for sgd, 0.01 for momentum if "
         "not given")
      ->check(terminal::positive_number());
  app.add_option(
         "--schedule", options.schedule,
         "none; exponential or staircase: the learning rate times --decay-rate every epoch, "
         "little by little or at its end; onecycle: up and down again once; if not given, onecycle for "
         "digits, exponential for others")
      ->check(CLI::IsMember({"none", "exponential", "staircase", "onecycle"}));
  app.add_option("--decay-rate", options.decay_rate, "of the schedule, for one epoch")
      ->check(terminal::positive_number());
  app.add_option("--batch-size", options.batch_size,
                 "images a step; 256 for digits, 64 for others if not given")
      ->check(terminal::whole_number());
  app.add_option("--epochs", options.epochs,
                 "how often to go through the images; 2 for digits, 4 for others if not given")
      ->check(terminal::whole_number());
  app.add_option("--threads", options.threads,
                 "as many as there are cores if not given; does not change results")
      ->check(terminal::whole_number());
  app.add_option("--seed", options.seed, "of everything random")
      ->check(terminal::whole_number(0, std::numeric_limits<std::uint64_t>::max()));
  app.add_option("--data", options.data, "a directory with the four files of MNIST, gzipped or not");
  app.add_option("--save", options.save, "a safetensors file for the trained weights");
  app.add_option("--limit", options.limit, "use only so many training and test images")
      ->check(terminal::whole_number())
      ->group("");  // for tests: not in --help
}

/// What is not given is the model's own.
void complete(Options& options) {
  const bool quick = options.model == "digits";
  if (options.schedule.empty()) options.schedule = quick ? "onecycle" : "exponential";
  if (options.batch_size == 0) options.batch_size = quick ? 256 : 64;
  if (options.epochs == 0) options.epochs = quick ? 2 : 4;
}

std::unique_ptr<optim::Optimizer> make_optimizer(const Options& options, const nn::Module& model,
                                                 std::int64_t steps_per_epoch) {
  const auto rate = [&](double usual) -> optim::LearningRate {
    const double initial = options.learning_rate > 0 ? options.learning_rate : usual;
    if (options.schedule == "none") return initial;
    if (options.schedule == "onecycle")
      return optim::OneCycle({.max_learning_rate = initial,
                              .total_steps = options.epochs * steps_per_epoch,
                              .cycle_momentum = false});
    return optim::ExponentialDecay({.initial_learning_rate = initial,
                                    .decay_steps = steps_per_epoch,
                                    .decay_rate = options.decay_rate,
                                    .staircase = options.schedule == "staircase"});
  };
  const bool one_cycle = options.schedule == "onecycle";
  const auto parameters = model.named_parameters();
  if (options.optimizer == "sgd")
    return std::make_unique<optim::SGD>(parameters, optim::SGDOptions{.learning_rate = rate(0.1)});
  if (options.optimizer == "momentum")
    return std::make_unique<optim::Momentum>(parameters, optim::MomentumOptions{.learning_rate = rate(0.01)});
  if (options.optimizer == "rmsprop")
    return std::make_unique<optim::RMSprop>(parameters, optim::RMSpropOptions{.learning_rate = rate(0.001)});
  // One cycle goes fast: it wants a short memory.
  if (one_cycle)
    return std::make_unique<optim::Adam>(
        parameters, optim::AdamOptions{.learning_rate = rate(0.01), .beta_1 = 0.7, .beta_2 = 0.9});
  return std::make_unique<optim::Adam>(parameters, optim::AdamOptions{.learning_rate = rate(0.003)});
}

/// Three digits that were read rightly and one, if any, that was not.
void show_digits(const data::Mnist& test, const std::vector<std::int64_t>& predicted,
                 const std::vector<std::int64_t>& labels) {
  std::vector<train::TextPicture> pictures;
  const auto add = [&](std::size_t i) {
    const std::string caption = predicted[i] == labels[i]
                                    ? fmt::format("read as {}", predicted[i])
                                    : fmt::format("{}, but read as {}", labels[i], predicted[i]);
    pictures.push_back({select(test.images(), 0, static_cast<std::int64_t>(i)), caption});
  };
  for (std::size_t i = 0; i < predicted.size() && pictures.size() < 3; ++i)
    if (predicted[i] == labels[i]) add(i);
  for (std::size_t i = 0; i < predicted.size(); ++i)
    if (predicted[i] != labels[i]) {
      add(i);
      break;
    }
  std::cout << '\n' << train::text_pictures(pictures, 4) << '\n';
}

void run(const Options& options) {
  if (options.threads > 0)
    set_num_threads(static_cast<int>(std::min<std::int64_t>(options.threads, 1 << 20)));
  manual_seed(options.seed);
  const data::Mnist all_train(options.data, true, {.normalize = true});
  const data::Mnist all_test(options.data, false, {.normalize = true});
  const First train(all_train, options.limit), test(all_test, options.limit);
  for (const auto& [examples, kind] : {std::pair{&train, "training"}, {&test, "test"}})
    if (examples->size() == 0)
      throw ValueError(fmt::format("there are no {} images in '{}'", kind, options.data.string()));
  data::DataLoader loader(train, {.batch_size = options.batch_size, .shuffle = true, .seed = options.seed});

  nn::Sequential model = make_model(options.model);
  const auto optimizer = make_optimizer(options, model, loader.size());
  std::cout << nn::summary(model, {1, 1, 28, 28}) << '\n';
  for (std::int64_t epoch = 1; epoch <= options.epochs; ++epoch)
    train_epoch(fmt::format("Epoch {}/{}", epoch, options.epochs), model, *optimizer, loader);

  const std::vector<std::int64_t> predicted = predict(model, test),
                                  labels = all_test.labels().to_vector<std::int64_t>();
  std::int64_t correct = 0;
  for (std::size_t i = 0; i < predicted.size(); ++i) correct += predicted[i] == labels[i];
  show_digits(all_test, predicted, labels);
  if (!options.save.empty()) io::save_safetensors(options.save, model.state_dict({.share = true}));
  std::cout << fmt::format("test_accuracy {:.4f}\nweights_hash {:016x}\n",
                           static_cast<double>(correct) / static_cast<double>(predicted.size()),
                           train::weights_hash(model));
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Learns to read handwritten digits.", "mnist");
  declare(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  complete(options);
  try {
    run(options);
  } catch (const std::exception& error) {  // taper::Error, or out of memory
    std::cerr << "error: " << error.what() << '\n';
    return 1;
  }
}
