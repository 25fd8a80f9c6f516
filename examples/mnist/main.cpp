// Learns to read handwritten digits: models, optimizers and schedules to choose from (--help).
#include <algorithm>
#include <iostream>
#include <memory>

#include <digits/models.h>
#include <fmt/format.h>
#include <terminal/program.h>

#include "options.h"
#include <taper/taper.h>

using namespace taper;

namespace {

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

/// What is trained on, and what is held back of it (or null).
struct Examples {
  std::shared_ptr<const data::Dataset> train, validation;
};

Examples make_examples(const Options& options, const data::Mnist& digits) {
  auto train = std::make_shared<data::Subset>(data::take(digits, options.limit));
  Examples examples;
  if (options.validation > 0) {
    auto [kept, held] = data::random_split(train, {1 - options.validation, options.validation}, options.seed);
    if (held.size() == 0) throw ValueError("--validation: there are too few images to hold any back");
    train = std::make_shared<data::Subset>(digits, kept.indices());
    examples.validation = std::make_shared<data::Subset>(digits, held.indices());
  }
  examples.train = train;
  if (options.augment) {
    const data::Mnist raw(options.data, true);  // without normalization: black is 0
    const data::Compose augment(
        data::RandomAffine{.degrees = 10, .translate = 0.07, .scale = {0.9, 1.1}, .shear = 5},
        data::RandomElastic{.probability = 0.5}, data::Normalize{.mean = {0.1307}, .deviation = {0.3081}});
    examples.train =
        std::make_shared<data::MappedDataset>(data::Subset(data::Mnist(raw), train->indices()), augment);
  }
  return examples;
}

/// Three digits that were read rightly and one, if any, that was not.
void show_digits(const data::Mnist& test, const std::vector<std::int64_t>& predicted,
                 const std::vector<std::int64_t>& labels) {
  std::vector<training::TextPicture> pictures;
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
  std::cout << '\n' << training::text_pictures(pictures, 4) << '\n';
}

void run(const Options& options) {
  if (options.threads > 0)
    set_num_threads(static_cast<int>(std::min<std::int64_t>(options.threads, 1 << 20)));
  manual_seed(options.seed);
  const data::Mnist all_train(options.data, true, {.normalize = true});
  const data::Mnist all_test(options.data, false, {.normalize = true});
  for (const auto& [digits, kind] : {std::pair{&all_train, "training"}, {&all_test, "test"}})
    if (digits->size() == 0)
      throw ValueError(fmt::format("there are no {} images in '{}'", kind, options.data.string()));
  const Examples examples = make_examples(options, all_train);
  const data::Subset test = data::take(all_test, options.limit);

  data::DataLoader loader(examples.train,
                          {.batch_size = options.batch_size, .shuffle = true, .seed = options.seed});
  nn::Sequential model = make_model(options.model);
  const auto optimizer = make_optimizer(options, model, loader.size());
  training::Trainer trainer(model, *optimizer, cross_entropy,
                            {.metrics = {training::Accuracy()}, .seed = options.seed});
  training::FitOptions fit{.epochs = options.epochs, .resume = options.resume};
  std::optional<data::DataLoader> validation;
  if (examples.validation)
    fit.validation_data =
        &validation.emplace(examples.validation, data::DataLoaderOptions{.batch_size = 1000});
  if (!options.checkpoint.empty()) fit.checkpoints = {.directory = options.checkpoint, .every_steps = 50};
  std::optional<Profile> profile;  // for the times of layers
  if (!options.report.empty()) {
    profile.emplace(ProfileOptions{.largest_trace = 0});
    fit.callbacks.push_back(
        training::Report(options.report, {.title = "mnist --model " + options.model,
                                          .examples = examples.validation ? examples.validation.get() : &test,
                                          .profile = &*profile}));
  }

  std::cout << nn::summary(model, {1, 1, 28, 28}) << '\n';
  trainer.fit(loader, fit);

  data::DataLoader test_loader(test, {.batch_size = 1000});
  const auto predicted = argmax(trainer.predict(test_loader), 1).to_vector<std::int64_t>();
  const auto labels = all_test.labels().to_vector<std::int64_t>();
  std::int64_t correct = 0;
  for (std::size_t i = 0; i < predicted.size(); ++i) correct += predicted[i] == labels[i];
  show_digits(all_test, predicted, labels);
  // The name, for `examples/run predict`.
  if (!options.save.empty())
    io::save_safetensors(options.save, model.state_dict({.share = true}), {{"model", options.model}});
  std::cout << fmt::format("test_accuracy {:.4f}\nweights_hash {:016x}\n",
                           static_cast<double>(correct) / static_cast<double>(predicted.size()),
                           training::weights_hash(model));
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Learns to read handwritten digits.", "mnist");
  declare(app, options);
  return terminal::run(app, argc, argv, [&] {
    complete(options);
    run(options);
  });
}
