// The callbacks that come with the library.
#include <fstream>

#include <catch.h>
#include <nlohmann/json.hpp>
#include <repository.h>
#include <temporary_directory.h>

#include "small.h"
#include <taper/io/file.h>
#include <taper/io/safetensors.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/train/csv_logger.h>
#include <taper/train/early_stopping.h>
#include <taper/train/lambda_callback.h>
#include <taper/train/learning_rate_scheduler.h>
#include <taper/train/model_checkpoint.h>
#include <taper/train/reduce_lr_on_plateau.h>
#include <taper/train/terminate_on_nan.h>
#include <taper/train/weights_hash.h>

using namespace taper;

namespace {

// A metric whose value is the next one of a list, or the last one.
class Script : public training::Metric {
 public:
  explicit Script(std::vector<double> values) : Metric("scripted_error"), values_(std::move(values)) {}
  void update(const Tensor&, const Tensor&, const Tensor&) override {}
  double result() const override { return values_[std::min(epoch_, values_.size()) - 1]; }
  void reset() override { ++epoch_; }
  NamedTensors state_dict() const override {
    return {{"epoch", full({}, static_cast<double>(epoch_), int64)}};
  }
  void load_state_dict(const NamedTensors& state) override {
    epoch_ = static_cast<std::size_t>(state.at(0).second.item<std::int64_t>());
  }

 private:
  std::vector<double> values_;
  std::size_t epoch_ = 0;
};

// A training whose "scripted_error" is as given, epoch by epoch.
struct Scripted {
  explicit Scripted(const std::vector<double>& values) : script(values) {}
  const training::History& fit(std::vector<training::Handle<training::Callback>> callbacks,
                               std::int64_t epochs = 8) {
    return trainer.fit(loader, {.epochs = epochs, .callbacks = std::move(callbacks), .verbose = 0});
  }
  std::size_t epochs() const { return trainer.history()["loss"].size(); }

  Script script;
  data::TensorDataset examples{{ones({2, 1}), zeros({2, 1})}};
  data::DataLoader loader{examples, {.batch_size = 2}};
  nn::Sequential model{nn::Linear(1, 1)};
  optim::SGD sgd{model, {.learning_rate = 0.125}};
  training::Trainer trainer{model, sgd, mse_loss, {.metrics = {&script}}};
};

constexpr const char* monitor = "scripted_error";

}  // namespace

TEST_CASE("EarlyStopping ends a training when Keras does") {
  const auto epochs = [](const std::vector<double>& values, training::EarlyStoppingOptions options) {
    Scripted training(values);
    options.monitor = monitor;
    training::EarlyStopping stopping(options);
    training.fit({&stopping});
    CHECK(stopping.stopped_epoch().has_value() == (training.epochs() < 8));
    return training.epochs();
  };
  const auto golden = nlohmann::json::parse(std::ifstream(repository("tests/golden/keras_fit.json")));
  CHECK(golden["early_stopping"].size() == 11);
  for (const auto& example : golden["early_stopping"]) {
    INFO(example.dump());
    training::EarlyStoppingOptions options;
    for (const auto& [name, value] : example["options"].items()) {
      if (name == "min_delta") options.min_delta = value;
      if (name == "patience") options.patience = value;
      if (name == "mode") options.mode = value;
      if (name == "baseline") options.baseline = value.get<double>();
      if (name == "start_from_epoch") options.start_from_epoch = value;
    }
    CHECK(epochs(example["values"], options) == example["epochs"].get<std::size_t>());
  }
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(epochs({nan, nan, nan, 1, 1, 1, 1}, {.patience = 3}) == 3);
  CHECK(epochs({nan, nan, 1, 1, 1, 1, 1}, {.patience = 3}) == 6);
}

TEST_CASE("EarlyStopping gives back the best weights") {
  for (const bool restore : {false, true}) {
    Scripted training({5, 4, 3, 3.5, 3.5});
    std::vector<std::uint64_t> hashes;
    training::EarlyStopping stopping({.monitor = monitor, .patience = 2, .restore_best_weights = restore});
    const training::LambdaCallback notes(
        {.on_epoch_end = [&](training::Trainer& trainer, std::int64_t, const training::Logs&) {
          hashes.push_back(training::weights_hash(trainer.model()));
        }});
    training.fit({notes, &stopping});
    REQUIRE(hashes.size() == 5);
    CHECK(hashes[2] != hashes[4]);
    CHECK(training::weights_hash(training.model) == hashes[restore ? 2 : 4]);
    CHECK(stopping.best() == 3);
    CHECK(stopping.best_epoch() == 2);
  }
  Scripted training({1});
  CHECK_THROWS_AS(training.fit({training::EarlyStopping({.monitor = "val_loss"})}), ValueError);
  CHECK_THROWS_AS(training::EarlyStopping({.patience = -1}), ValueError);
  CHECK_THROWS_AS(training::EarlyStopping({.monitor = "size"}), ValueError);
  CHECK_THROWS_AS(training::EarlyStopping({.mode = "up"}), ValueError);
}

TEST_CASE("a monitor knows which way is better") {
  const auto larger = [](const char* name) {
    return training::Monitor("f", name, "auto").larger_is_better();
  };
  for (const char* const name :
       {"accuracy", "val_accuracy", "val_top_5_accuracy", "auc", "f1_score", "val_r2_score"})
    CHECK(larger(name));
  for (const char* const name : {"loss", "val_loss", "val_mae", "mean_squared_error", "perplexity"})
    CHECK_FALSE(larger(name));
  const training::Monitor loss("f", "loss", "auto", 0.5);
  CHECK(loss.improves(1, {}));
  CHECK(loss.improves(1, 2));
  CHECK_FALSE(loss.improves(1.5, 2));
  CHECK_FALSE(loss.improves(std::numeric_limits<double>::quiet_NaN(), {}));
}

TEST_CASE("LearningRateScheduler and ReduceLROnPlateau set the learning rate") {
  Scripted halved({1});
  halved.fit({training::LearningRateScheduler([](std::int64_t, double rate) { return rate / 2; })}, 3);
  CHECK(halved.sgd.learning_rate() == 0.125 / 8);
  halved.fit({training::LearningRateScheduler([](std::int64_t epoch) { return 0.5 + double(epoch); })}, 3);
  CHECK(halved.sgd.learning_rate() == 2.5);

  Scripted flat({3, 2, 2, 2, 2, 2});
  training::ReduceLROnPlateau plateau({.monitor = monitor, .factor = 0.5, .patience = 2});
  flat.fit({&plateau}, 4);
  CHECK(flat.sgd.learning_rate() == 0.0625);
  const NamedTensors state = plateau.state_dict();
  flat.fit({&plateau}, 1);  // begins anew
  CHECK(plateau.state_dict()[0].second.item<double>() == 2);
  plateau.load_state_dict(state);
  CHECK_THROWS_AS(plateau.load_state_dict({}), ValueError);
  NamedTensors negative = state;
  negative[1].second = full({}, -1, int64);
  CHECK_THROWS_AS(plateau.load_state_dict(negative), ValueError);
}

TEST_CASE("CsvLogger writes the history") {
  const TemporaryDirectory directory;
  const std::string path = directory / "log.csv";
  Scripted training({0.5, 0.25, 0.1});
  training.fit({training::CsvLogger(path, ';')}, 2);
  const std::vector<double>& losses = training.trainer.history()["loss"];
  const std::string text = io::read_file(path);
  CHECK(text.starts_with("epoch;loss;scripted_error\n0;"));
  CHECK(text.ends_with(";0.25\n"));
  const std::size_t second = text.find("\n1;") + 3;
  CHECK(std::stod(text.substr(second)) == losses[1]);
  training.trainer.fit(
      training.loader,
      {.epochs = 4, .callbacks = {training::CsvLogger(path)}, .verbose = 0, .initial_epoch = 3});
  CHECK(io::read_file(path).starts_with("epoch,loss,scripted_error\n3,"));
  CHECK_THROWS_AS(training.fit({training::CsvLogger(directory / "none/log.csv")}), IoError);
}

TEST_CASE("TerminateOnNaN stops at the batch") {
  const data::TensorDataset examples({tensor({{1.0}, {1e30}, {1.0}}), zeros({3, 1})});
  data::DataLoader loader(examples);
  nn::Sequential model{nn::Linear(1, 1)};
  optim::SGD sgd(model, {.learning_rate = 1e-9});
  training::Trainer trainer(model, sgd, mse_loss);
  trainer.fit(loader, {.epochs = 3, .callbacks = {training::TerminateOnNaN()}, .verbose = 0});
  CHECK(trainer.step() == 2);
  CHECK(trainer.history()["loss"].size() == 1);
}

TEST_CASE("ModelCheckpoint saves weights") {
  const TemporaryDirectory directory;
  Scripted training({3, 1, 2});
  const std::string best = directory / "best.safetensors";
  std::vector<std::uint64_t> hashes;
  const training::LambdaCallback notes(
      {.on_epoch_end = [&](training::Trainer& trainer, std::int64_t, const training::Logs&) {
        hashes.push_back(training::hash_of(trainer.model().state_dict()));
      }});
  training.fit(
      {training::ModelCheckpoint({.path = best, .monitor = monitor, .save_best_only = true}),
       training::ModelCheckpoint({.path = directory / "{epoch:02}-{scripted_error:.1f}.safetensors"}), notes},
      3);
  CHECK(directory.entries() == 4);
  CHECK(training::hash_of(io::load_safetensors(best).tensors) == hashes.at(1));
  CHECK(training::hash_of(io::load_safetensors(directory / "03-2.0.safetensors").tensors) == hashes.at(2));
  for (const char* const path : {"{nothing}", "{epoch", "{epoch:q}"})
    CHECK_THROWS_AS(training.fit({training::ModelCheckpoint({.path = path})}), ValueError);
  CHECK_THROWS_AS(training::ModelCheckpoint({}), ValueError);
}
