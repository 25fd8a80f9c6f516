// Trains a network on a table of your own and says how good it is: train_csv FILE --target COLUMN
#include <filesystem>
#include <iostream>
#include <optional>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <terminal/options.h>
#include <terminal/program.h>

#include <taper/taper.h>

using namespace taper;

namespace {

struct Options {
  std::string file, target, predict, separator = ",";
  std::int64_t hidden = 64, batch_size = 32, epochs = 200, patience = 20;
  double learning_rate = 0.003, validation = 0.2;
  std::uint64_t seed = 1;
  std::filesystem::path report;
};

void declare(CLI::App& app, Options& options) {
  app.option_defaults()->take_last();
  app.add_option("file", options.file, "a CSV file whose first line has the names of the columns")
      ->required();
  app.add_option("--target", options.target, "the column to predict from all others")->required();
  app.add_option("--separator", options.separator, "between the fields, a character; ',' if not given");
  app.add_option("--hidden", options.hidden, "units of each of the two hidden layers; 64 if not given")
      ->check(terminal::whole_number(1, 1 << 16));
  app.add_option("--batch-size", options.batch_size, "rows a step")->check(terminal::whole_number());
  app.add_option("--epochs", options.epochs, "at most so often through the table")
      ->check(terminal::whole_number());
  app.add_option("--patience", options.patience, "end after so many epochs that are no better than the best")
      ->check(terminal::whole_number());
  app.add_option("--learning-rate", options.learning_rate, "of Adam")->check(terminal::positive_number());
  app.add_option("--validation", options.validation, "the part of the rows that is held back to test with")
      ->check(terminal::fraction());
  app.add_option("--seed", options.seed, "of everything random")
      ->check(terminal::whole_number(0, std::numeric_limits<std::uint64_t>::max()));
  app.add_option("--report", options.report, "a page of HTML about the training");
  app.add_option("--predict", options.predict,
                 "another CSV file, whose target is to be predicted and printed");
}

/// What guessing without looking reaches on the rows that are held back.
std::string guess(const Tensor& known, const Tensor& held, const std::vector<std::string>& classes) {
  if (classes.empty())
    return fmt::format("always their mean: mean_absolute_error {:.4g}",
                       mean(abs(held - mean(known))).item<double>());
  const auto count = static_cast<std::int64_t>(classes.size());
  const Tensor most = argmax(bincount(known, {}, count));
  return fmt::format("always \"{}\": accuracy {:.4f}",
                     classes[static_cast<std::size_t>(most.item<std::int64_t>())],
                     mean(to(held == most, float32)).item<double>());
}

void run(const Options& options) {
  if (options.separator.size() != 1) throw ValueError("--separator: expected one character");
  const data::CsvOptions csv{.delimiter = options.separator[0]};
  manual_seed(options.seed);
  const data::Table content = data::read_csv(options.file, csv);
  const auto [known_rows, held_rows] =
      data::random_split(data::TensorDataset({arange(content.rows)}),
                         {1 - options.validation, options.validation}, options.seed);
  if (known_rows.size() == 0 || held_rows.size() == 0)
    throw ValueError(fmt::format("'{}' has too few rows: {}", options.file, content.rows));
  // What is held back has no part in the means, the deviations and the categories.
  const data::CsvDataset table(
      content, data::TableEncoder(
                   content, {.target = options.target, .standardize = true, .rows = known_rows.indices()}));
  const data::Subset known(table, known_rows.indices()), held(table, held_rows.indices());
  const std::vector<std::string>& classes = table.encoder().classes();
  const bool classifies = !classes.empty();
  const auto targets_of = [&](const data::Subset& part) {
    return index_select(table.targets(), 0, from_data<std::int64_t>(part.indices(), {part.size()}));
  };
  const Tensor known_targets = targets_of(known), held_targets = targets_of(held);

  const std::int64_t features = table.features().size(1);
  const auto outputs = classifies ? static_cast<std::int64_t>(classes.size()) : 1;
  constexpr Activation relu = Activation::relu;
  const nn::Sequential network(nn::Linear(features, options.hidden, {.activation = relu}), nn::Dropout(0.1),
                               nn::Linear(options.hidden, options.hidden, {.activation = relu}),
                               nn::Linear(options.hidden, outputs));
  // Of a number, it learns what is around 0 and 1, whatever the unit.
  const double centre = classifies ? 0 : mean(known_targets).item<double>();
  const double scale =
      classifies || known.size() < 2 ? 1 : std::max(stddev(known_targets).item<double>(), 1e-30);
  nn::Sequential model =
      classifies ? network
                 : nn::Sequential(network, nn::Lambda([=](const Tensor& x) { return x * scale + centre; }));
  std::cout << fmt::format("{} rows, {} features; {}: {}\n\n", table.size(), features, options.target,
                           classifies ? fmt::format("{} classes", outputs) : "a number")
            << nn::summary(model, {1, features}) << '\n';

  optim::Adam optimizer(model, {.learning_rate = options.learning_rate});
  training::TrainerOptions settings{.seed = options.seed};
  if (classifies)
    settings.metrics.push_back(training::Accuracy());
  else
    settings.metrics = {training::MeanAbsoluteError(), training::R2Score()};
  training::Trainer trainer(model, optimizer,
                            classifies ? training::Loss(cross_entropy) : training::Loss(mse_loss), settings);
  data::DataLoader loader(known, {.batch_size = options.batch_size, .shuffle = true, .seed = options.seed});
  data::DataLoader held_loader(held, {.batch_size = 1024});
  training::FitOptions fit{
      .epochs = options.epochs,
      .validation_data = &held_loader,
      .callbacks = {training::EarlyStopping({.patience = options.patience, .restore_best_weights = true})}};
  if (!options.report.empty())
    fit.callbacks.push_back(training::Report(
        options.report,
        {.title = options.target + " of " + options.file, .classes = classes, .examples = &held}));
  trainer.fit(loader, fit);

  std::cout << fmt::format("\nThe {} rows that were held back:\n", held.size());
  for (const auto& [name, value] : trainer.evaluate(held_loader))
    std::cout << fmt::format("  {} {:.4f}\n", name, value);
  std::cout << "  " << guess(known_targets, held_targets, classes) << '\n';

  if (options.predict.empty()) return;
  data::CsvOptions other = csv;
  other.text = table.encoder().text_columns();
  const NoGrad no_grad;
  const Tensor result = model(table.encoder().features(data::read_csv(options.predict, other)));
  std::cout << '\n' << options.target << '\n';
  for (std::int64_t i = 0; i < result.size(0); ++i)
    if (classifies)
      std::cout << classes[static_cast<std::size_t>(argmax(result[i]).item<std::int64_t>())] << '\n';
    else
      std::cout << fmt::format("{:.6g}\n", result[i].item<double>());
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Trains a network on a table.", "train_csv");
  declare(app, options);
  return terminal::run(app, argc, argv, [&] { run(options); });
}
