// Trains a network on images of your own, a folder for each class: train_images FOLDER
#include <filesystem>
#include <iostream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <terminal/options.h>
#include <terminal/program.h>

#include <taper/taper.h>

using namespace taper;

namespace {

struct Options {
  std::string folder;
  std::int64_t size = 32, batch_size = 16, epochs = 20, workers = 2;
  double learning_rate = 0.002, validation = 0.2;
  std::uint64_t seed = 1;
  bool gray = false, augment = false;
  std::filesystem::path report, save;
};

void declare(CLI::App& app, Options& options) {
  app.option_defaults()->take_last();
  app.add_option("folder", options.folder, "with a folder of PNG or JPEG files for each class")->required();
  app.add_option("--size", options.size,
                 "pixels to which each image is scaled, a multiple of 8; 32 if not given")
      ->check(terminal::whole_number(8, 512));
  app.add_flag("--gray", options.gray, "colors do not matter");
  app.add_flag("--augment", options.augment,
               "turn, move and scale the images that are learned from at random");
  app.add_option("--batch-size", options.batch_size, "images a step")->check(terminal::whole_number());
  app.add_option("--epochs", options.epochs, "how often to go through the images")
      ->check(terminal::whole_number());
  app.add_option("--learning-rate", options.learning_rate, "of Adam, at its highest")
      ->check(terminal::positive_number());
  app.add_option("--validation", options.validation, "the part of the images that is held back to test with")
      ->check(terminal::fraction());
  app.add_option("--workers", options.workers, "threads that read images; does not change results")
      ->check(terminal::whole_number(1, 64));
  app.add_option("--seed", options.seed, "of everything random")
      ->check(terminal::whole_number(0, std::numeric_limits<std::uint64_t>::max()));
  app.add_option("--report", options.report, "a page of HTML about the training");
  app.add_option("--save", options.save, "a safetensors file for the trained weights");
}

// Three times a convolution that halves the image.
nn::Sequential make_model(std::int64_t channels, std::int64_t size, std::int64_t classes) {
  const auto halve = [](std::int64_t in, std::int64_t out) {
    return nn::Conv2d(in, out, 3, {.padding = 1, .activation = Activation::relu, .max_pool = 2});
  };
  const std::int64_t left = size / 8;
  return {halve(channels, 32), halve(32, 64),    halve(64, 64),
          nn::Flatten(),       nn::Dropout(0.3), nn::Linear(64 * left * left, classes)};
}

void run(const Options& options) {
  if (options.size % 8 != 0)
    throw ValueError(fmt::format("--size: expected a multiple of 8, got {}", options.size));
  manual_seed(options.seed);
  const int channels = options.gray ? 1 : 3;
  const data::ImageFolder images(options.folder, {.channels = channels, .size = options.size});
  const auto [known, held] =
      data::random_split(images, {1 - options.validation, options.validation}, options.seed);
  if (known.size() == 0 || held.size() == 0)
    throw ValueError(fmt::format("'{}' has too few images: {}", options.folder, images.size()));
  std::shared_ptr<const data::Dataset> shown = std::make_shared<data::Subset>(known);
  if (options.augment)
    shown = std::make_shared<data::MappedDataset>(
        shown, data::Compose(data::RandomAffine{.degrees = 10, .translate = 0.08, .scale = {0.85, 1.15}}));

  const auto classes = static_cast<std::int64_t>(images.classes().size());
  nn::Sequential model = make_model(channels, options.size, classes);
  std::cout << fmt::format("{} images of {} classes\n\n", images.size(), classes)
            << nn::summary(model, {1, channels, options.size, options.size}) << '\n';
  data::DataLoader loader(
      shown,
      {.batch_size = options.batch_size, .shuffle = true, .seed = options.seed, .workers = options.workers});
  data::DataLoader held_loader(held, {.batch_size = 256, .workers = options.workers});
  optim::Adam optimizer(model,
                        {.learning_rate = optim::OneCycle({.max_learning_rate = options.learning_rate,
                                                           .total_steps = options.epochs * loader.size(),
                                                           .cycle_momentum = false})});
  training::Trainer trainer(model, optimizer, cross_entropy,
                            {.metrics = {training::Accuracy()}, .seed = options.seed});
  training::FitOptions fit{.epochs = options.epochs, .validation_data = &held_loader};
  if (!options.report.empty())
    fit.callbacks.push_back(training::Report(
        options.report, {.title = options.folder, .classes = images.classes(), .examples = &held}));
  trainer.fit(loader, fit);
  if (!options.save.empty()) io::save_safetensors(options.save, model.state_dict({.share = true}));
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Trains a network on images.", "train_images");
  declare(app, options);
  return terminal::run(app, argc, argv, [&] { run(options); });
}
