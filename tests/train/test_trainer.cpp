// Trainer: the loop, its options, and what it tells callbacks.
#include <catch.h>
#include <fmt/format.h>
#include <temporary_directory.h>

#include "small.h"
#include <taper/io/file.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/train/csv_logger.h>
#include <taper/train/early_stopping.h>
#include <taper/train/lambda_callback.h>
#include <taper/train/model_checkpoint.h>
#include <taper/train/reduce_lr_on_plateau.h>
#include <taper/train/weights_hash.h>

using namespace taper;

namespace {

// Rows 0..count-1 and a target of 0 each.
data::TensorDataset rows(std::int64_t count) {
  return data::TensorDataset({reshape(arange(0, static_cast<double>(count)), {-1, 1}), zeros({count, 1})});
}

// A model of one weight, and a trainer that changes nothing.
struct Still {
  nn::Sequential model{nn::Linear(1, 1)};
  optim::SGD sgd{model, {.learning_rate = 0}};
  training::Trainer trainer{model, sgd, mse_loss};
};

// Notes what it is told.
struct Notes : training::Callback {
  void on_train_begin(training::Trainer&) override { text += "("; }
  void on_epoch_begin(training::Trainer& trainer, std::int64_t epoch) override {
    REQUIRE(epoch == trainer.epoch());
    text += "e" + std::to_string(epoch);
  }
  void on_batch_begin(training::Trainer&, std::int64_t batch) override {
    text += "b" + std::to_string(batch);
  }
  void on_batch_end(training::Trainer& trainer, std::int64_t batch, const training::Logs& logs) override {
    REQUIRE(logs.at(0).first == "loss");
    text += "." + std::to_string(batch) + ":" + std::to_string(trainer.step());
    first_rows.push_back(trainer.batch().at(0).to_vector<float>().front());
    REQUIRE(trainer.output().size(0) == trainer.batch()[0].size(0));
    if (trainer.step() == stop_at) trainer.stop();
  }
  void on_epoch_end(training::Trainer&, std::int64_t epoch, const training::Logs& logs) override {
    text += "E" + std::to_string(epoch);
    for (const auto& [name, value] : logs) text += "," + name;
  }
  void on_train_end(training::Trainer&) override { text += ")"; }

  std::string text;
  std::vector<float> first_rows;
  std::int64_t stop_at = -1;
};

}  // namespace

TEST_CASE("callbacks are told of epochs and batches in order") {
  const data::TensorDataset examples = rows(5);
  data::DataLoader loader(examples, {.batch_size = 3}), validation(examples);
  Still still;
  Notes notes;
  still.trainer.fit(loader, {.epochs = 2, .callbacks = {&notes}, .verbose = 0});
  CHECK(notes.text == "(e0b0.0:1b1.1:2E0,losse1b0.0:3b1.1:4E1,loss)");
  CHECK(still.trainer.step() == 4);

  notes.text.clear();
  still.trainer.fit(
      loader,
      {.epochs = 3, .validation_data = &validation, .callbacks = {&notes}, .verbose = 0, .initial_epoch = 2});
  CHECK(notes.text == "(e2b0.0:5b1.1:6E2,loss,val_loss)");
  CHECK(still.trainer.history()["val_loss"].size() == 1);
  CHECK_THROWS_AS(still.trainer.history()["val_los"], IndexError);

  notes.text.clear();
  notes.stop_at = 7;
  still.trainer.fit(loader,
                    {.epochs = 9, .validation_data = &validation, .callbacks = {&notes}, .verbose = 0});
  CHECK(notes.text == "(e0b0.0:7E0,loss,val_loss)");
}

TEST_CASE("on_train_end() follows an exception, too") {
  const data::TensorDataset examples = rows(4);
  data::DataLoader loader(examples);
  Still still;
  Notes notes;
  const training::LambdaCallback failing({.on_batch_begin = [](training::Trainer&, std::int64_t batch) {
    if (batch == 1) throw IndexError("mine");
  }});
  CHECK_THROWS_AS(still.trainer.fit(loader, {.callbacks = {failing, &notes}, .verbose = 0}), IndexError);
  CHECK(notes.text == "(e0b0.0:1)");
}

TEST_CASE("epochs of steps_per_epoch go on where the one before ended") {
  const data::TensorDataset examples = rows(5);
  data::DataLoader loader(examples);
  Still still;
  Notes notes;
  still.trainer.fit(loader, {.epochs = 3, .callbacks = {&notes}, .verbose = 0, .steps_per_epoch = 3});
  CHECK(notes.first_rows == std::vector<float>{0, 1, 2, 3, 4, 0, 1, 2, 3});
  CHECK(notes.text.ends_with("e2b0.0:7b1.1:8b2.2:9E2,loss)"));
  CHECK(still.trainer.steps_per_epoch() == 3);
}

TEST_CASE("a training with Trainer is that of a loop of one's own") {
  const data::DataLoaderOptions loading{.batch_size = 12, .shuffle = true, .seed = 5};
  SmallTraining one;
  training::Trainer trainer(one.model, one.adam, cross_entropy, {.seed = 11});
  data::DataLoader loader(one.examples, loading);
  trainer.fit(loader, {.epochs = 3, .validation_data = &one.validation, .verbose = 0});

  SmallTraining two;
  data::DataLoader same(two.examples, loading);
  const Generator random(11);
  std::uint64_t step = 0;
  for (int epoch = 0; epoch < 3; ++epoch)
    for (const data::Batch& batch : same) {
      const RandomScope scope(random.split(step++));
      two.adam.minimize([&] { return cross_entropy(two.model(batch[0]), batch[1]); });
    }
  CHECK(training::weights_hash(one.model) == training::weights_hash(two.model));
}

TEST_CASE("randomness in the model is a function of the seed and the step") {
  const auto hash = [](std::uint64_t seed, bool disturbed) {
    SmallTraining small;
    data::DataLoader loader(small.examples, {.batch_size = 12, .shuffle = true, .seed = 5});
    training::Trainer trainer(small.model, small.adam, cross_entropy, {.seed = seed});
    training::LambdaCallback draws(
        {.on_batch_end = [&](training::Trainer&, std::int64_t, const training::Logs&) {
          if (disturbed) normal({7});
        }});
    trainer.fit(loader, {.epochs = 2, .callbacks = {&draws}, .verbose = 0});
    return training::weights_hash(small.model);
  };
  CHECK(hash(1, false) == hash(1, true));
  CHECK(hash(1, false) != hash(2, false));
}

TEST_CASE("evaluate and predict leave modes and loaders alone") {
  SmallTraining small;
  small.model.get<nn::BatchNorm1d>(1).eval();  // frozen
  data::DataLoader loader(small.examples, {.batch_size = 12, .shuffle = true, .seed = 1});
  loader.set_epoch(4);
  const training::Logs first = small.trainer.evaluate(loader), second = small.trainer.evaluate(loader);
  CHECK(first == second);
  CHECK(first.size() == 2);
  CHECK(small.trainer.predict(loader).shape() == Shape{40, 3});
  CHECK(loader.epoch() == 4);
  CHECK(small.model.is_training());
  CHECK(small.model.get<nn::Dropout>(3).is_training());
  CHECK_FALSE(small.model.get<nn::BatchNorm1d>(1).is_training());
  CHECK_FALSE(small.trainer.predict(loader).requires_grad());
}

TEST_CASE("a callback may evaluate within an epoch") {
  const auto losses = [](bool evaluates) {
    SmallTraining small;
    data::DataLoader loader(small.examples, {.batch_size = 12, .seed = 1});
    training::LambdaCallback callback(
        {.on_batch_end = [&](training::Trainer& trainer, std::int64_t, const training::Logs&) {
          if (evaluates) trainer.evaluate(small.validation);
        }});
    small.trainer.fit(loader, {.epochs = 2, .callbacks = {callback}, .verbose = 0});
    return small.trainer.history().all();
  };
  CHECK(losses(true) == losses(false));
}

TEST_CASE("models with several inputs, and several targets") {
  const data::TensorDataset examples({ones({6, 2}), ones({6, 1}), zeros({6, 1}), ones({6, 1})});
  data::DataLoader loader(examples, {.batch_size = 4});
  nn::Sequential model{nn::Linear(3, 2)};
  optim::SGD sgd(model, {.learning_rate = 0.1});
  training::Trainer trainer(model, sgd,
                            [](const Tensor& output, const std::vector<Tensor>& targets) {
                              return mse_loss(output, concat({targets.at(0), targets.at(1)}, 1));
                            },
                            {.inputs = 2, .targets = 2, .forward = [&](const data::Batch& batch) {
                               return model(concat({batch[0], batch[1]}, 1));
                             }});
  const std::vector<double> losses = trainer.fit(loader, {.epochs = 50, .verbose = 0})["loss"];
  CHECK(losses.back() < 1e-3);
  CHECK(allclose(trainer.predict(loader), tensor({{0.0, 1.0}}), {.atol = 0.1}));
}

TEST_CASE("optimizers that ask for the loss several times") {
  const data::TensorDataset examples(
      {tensor({{1.0, 2.0}, {3.0, -1.0}, {0.5, 0.5}}), tensor({{1.0}, {2.0}, {0.0}})});
  data::DataLoader loader(examples, {.batch_size = 3});
  nn::Sequential model{nn::Linear(2, 1)};
  optim::LBFGS lbfgs(model, {.line_search_fn = "strong_wolfe"});
  training::Trainer trainer(model, lbfgs, mse_loss);
  CHECK(trainer.fit(loader, {.epochs = 4, .verbose = 0})["loss"].back() < 1e-6);
  CHECK(lbfgs.evaluations() > 4);
}

TEST_CASE("a part of a dataset is kept for validation") {
  const data::TensorDataset examples = rows(10);
  Still still;
  Notes notes;
  still.trainer.fit(examples, {.batch_size = 7},
                    {.validation_split = 0.3, .callbacks = {&notes}, .verbose = 0});
  CHECK(notes.text == "(e0b0.0:1E0,loss,val_loss)");
  const double weight = still.model.get<nn::Linear>(0).weight.item<double>(),
               bias = still.model.get<nn::Linear>(0).bias.item<double>();
  double expected = 0;
  for (int row = 7; row < 10; ++row) expected += (weight * row + bias) * (weight * row + bias) / 3;
  CHECK(still.trainer.history()["val_loss"][0] == Approx(expected).epsilon(1e-5));
}

TEST_CASE("callbacks that wait for a value of the validation pass over epochs without one") {
  const TemporaryDirectory directory;
  const data::TensorDataset examples = rows(4);
  data::DataLoader loader(examples), validation(examples);
  const auto fit = [&](const training::ValidationFrequency& frequency, const training::FitOptions& more,
                       double rate = 0) {
    Still still;
    still.sgd.set_learning_rate(rate);
    training::FitOptions options = more;
    options.epochs = 8;
    options.validation_data = &validation;
    options.validation_freq = frequency;
    options.verbose = 0;
    still.trainer.fit(loader, options);
    return still.sgd.learning_rate();
  };
  // Nothing changes, so that of the first values each one behind the first is no better.
  training::EarlyStopping stopping({.patience = 2});
  fit(1, {.callbacks = {&stopping}});
  CHECK(stopping.stopped_epoch() == 2);
  fit(2, {.callbacks = {&stopping}});
  CHECK(stopping.stopped_epoch() == 5);
  CHECK(stopping.best_epoch() == 1);
  fit({3, 4, 8}, {.callbacks = {&stopping}});
  CHECK(stopping.stopped_epoch() == 7);
  // The first value is taken, and each of the others halves the rate.
  const training::FitOptions halve{
      .callbacks = {training::ReduceLROnPlateau({.factor = 0.5, .patience = 1, .min_delta = 1e9})}};
  CHECK(fit(1, halve, 1e-6) == Approx(1e-6 / 128));
  CHECK(fit(3, halve, 1e-6) == Approx(1e-6 / 2));
  fit(2, {.callbacks = {training::ModelCheckpoint(
              {.path = directory / "{epoch}-{val_loss:.0f}", .save_best_only = true})}});
  CHECK(directory.entries() == 1);
  const std::string log = directory / "log";
  fit({2, 7}, {.callbacks = {training::CsvLogger(log)}});
  const std::string text = io::read_file(log);
  CHECK(text.starts_with("epoch,loss,val_loss\n0,"));
  std::string validated;
  for (std::size_t at = text.find('\n'); at + 1 < text.size(); at = text.find('\n', at + 1))
    validated += text.compare(text.find('\n', at + 1) - 3, 3, ",NA") == 0 ? '-' : '+';
  CHECK(validated == "-+----+-");
  // The best checkpoint is the first that has a value.
  fit(3, {.checkpoints = {.directory = directory / "run", .keep_last = 1, .monitor = "val_loss"}});
  CHECK(training::Checkpoints({.directory = directory / "run", .monitor = "val_loss"}).newest()->step == 32);
  CHECK(std::filesystem::exists(directory / "run/checkpoint-000000000012.safetensors"));
  // Without validation data, a callback that waits for it would wait forever.
  Still still;
  CHECK_THROWS_AS(still.trainer.fit(loader, {.callbacks = {&stopping}, .verbose = 0}), ValueError);
}

TEST_CASE("averages of an optimizer within another are those that a training ends with") {
  SmallTraining small;
  optim::Adam inner(small.model, {.use_ema = true});
  optim::LossScaleOptimizer scaled(inner);
  CHECK(!scaled.has_averages());  // before the first step
  training::Trainer trainer(small.model, scaled, cross_entropy);
  trainer.fit(small.loader, {.verbose = 0});
  CHECK(scaled.has_averages());
  const std::uint64_t ended = training::weights_hash(small.model);
  inner.assign_averages();
  CHECK(training::weights_hash(small.model) == ended);
  // Nothing to do is no reason to fail.
  SmallTraining other;
  optim::Adam unused(other.model, {.use_ema = true});
  training::Trainer(other.model, unused, cross_entropy).fit(other.loader, {.epochs = 0, .verbose = 0});
}

TEST_CASE("what Trainer refuses") {
  const data::TensorDataset examples = rows(4), alone({ones({4, 1})}), none = rows(0);
  data::DataLoader loader(examples), inputs(alone), empty(none);
  Still still;
  const auto refuses = [&](const training::FitOptions& options) {
    CHECK_THROWS_AS(still.trainer.fit(loader, options), ValueError);
  };
  refuses({.epochs = -1});
  refuses({.validation_split = 0.5});
  refuses({.callbacks = {static_cast<training::Callback*>(nullptr)}});
  refuses({.verbose = 3});
  refuses({.initial_epoch = -1});
  refuses({.steps_per_epoch = -1});
  refuses({.validation_steps = -1});
  for (const std::int64_t number : {0, -1}) {
    CHECK_THROWS_WITH(training::ValidationFrequency(number),
                      fmt::format("validation_freq: expected numbers of at least 1, got {}", number));
    CHECK_THROWS_AS((training::ValidationFrequency{1, number}), ValueError);
  }
  refuses({.resume = true});
  for (const double split : {-0.1, 1.0, 0.99})
    CHECK_THROWS_AS(still.trainer.fit(examples, {}, {.validation_split = split}), ValueError);
  CHECK_THROWS_AS(still.trainer.fit(examples, {}, {.validation_data = &loader, .validation_split = 0.5}),
                  ValueError);
  for (data::DataLoader* const bad : {&inputs, &empty}) {
    CHECK_THROWS_AS(still.trainer.fit(*bad, {.verbose = 0}), ValueError);
    CHECK_THROWS_AS(still.trainer.evaluate(*bad), ValueError);
  }
  CHECK(still.trainer.predict(inputs).shape() == Shape{4, 1});  // no targets are needed
  CHECK_THROWS_AS(still.trainer.predict(empty), ValueError);
  using Options = training::TrainerOptions;
  CHECK_THROWS_AS(training::Trainer(still.model, still.sgd, mse_loss, Options{.inputs = 0}), ValueError);
  CHECK_THROWS_AS(training::Trainer(still.model, still.sgd, mse_loss, Options{.inputs = 2}), ValueError);
  CHECK_THROWS_AS(training::Trainer(still.model, still.sgd, mse_loss,
                                    Options{.metrics = {TestAccuracy(), TestAccuracy()}}),
                  ValueError);
  CHECK_THROWS_AS(
      training::Trainer(still.model, still.sgd, mse_loss, Options{.metrics = {TestAccuracy("loss")}}),
      ValueError);
}
