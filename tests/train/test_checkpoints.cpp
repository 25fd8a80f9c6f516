// Checkpoints: an interrupted training goes on with the same bits, and nothing is ever lost.
#include <csignal>
#include <tuple>

#include <catch.h>
#include <sys/resource.h>
#include <temporary_directory.h>
#include <unistd.h>

#include "small.h"
#include <taper/io/file.h>
#include <taper/io/safetensors.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/parallel.h>
#include <taper/train/early_stopping.h>
#include <taper/train/lambda_callback.h>
#include <taper/train/learning_rate_scheduler.h>
#include <taper/train/reduce_lr_on_plateau.h>
#include <taper/train/weights_hash.h>

using namespace taper;

namespace {

struct Interrupted : std::runtime_error {
  Interrupted() : std::runtime_error("interrupted") {}
};

// What a training has come to.
struct Outcome {
  std::uint64_t weights, optimizer;
  std::vector<std::pair<std::string, std::vector<double>>> history;
  std::uint64_t drawn;  // the default generator's position
  bool operator==(const Outcome&) const = default;
};

constexpr std::int64_t validated = 1000;

// Runs a training, or the rest of it, until `stop_after` steps; -1: to the end; validated + a number: until
// it has been validated behind so many.
Outcome run(const std::string& directory, std::int64_t every_steps, std::int64_t stop_after,
            std::uint64_t seed = 7) {
  SmallTraining small(seed);
  optim::SGD sgd(small.model, {.learning_rate = 0.1});
  training::TrainerOptions options{.metrics = {TestAccuracy()}};
  training::Trainer trainer(small.model, sgd, cross_entropy, options);
  // Draws from the default generator, and multiplies what is there: must not happen twice.
  const training::LambdaCallback draws(
      {.on_epoch_begin = [](training::Trainer&, std::int64_t) { normal({3}); }});
  const auto interrupt = [&](std::int64_t at) {
    if (at == stop_after) throw Interrupted();
  };
  const training::LambdaCallback interrupts(
      {.on_batch_begin = [&](training::Trainer& running, std::int64_t) { interrupt(running.step()); },
       .on_epoch_end = [&](training::Trainer& running, std::int64_t,
                           const training::Logs&) { interrupt(validated + running.step()); }});
  training::FitOptions fit{
      .epochs = 8,
      .validation_data = &small.validation,
      .callbacks = {draws,
                    training::LearningRateScheduler([](std::int64_t, double rate) { return rate * 0.9; }),
                    training::ReduceLROnPlateau(
                        {.monitor = "val_loss", .factor = 0.5, .patience = 1, .cooldown = 1}),
                    training::EarlyStopping({.min_delta = 0.06, .patience = 1, .restore_best_weights = true}),
                    interrupts},
      .verbose = 0};
  if (!directory.empty()) {
    fit.checkpoints = {.directory = directory, .every_steps = every_steps};
    fit.resume = true;
  }
  trainer.fit(small.loader, fit);
  return {training::weights_hash(small.model), training::hash_of(sgd.state_dict()), trainer.history().all(),
          default_generator().position()};
}

training::State& numbers(training::State& state, std::int64_t& number) { return state.add("number", number); }

// Checkpoints of a number alone, at steps 1, 2, ...; the value of each is given.
void write(training::Checkpoints& checkpoints, const std::vector<double>& values, std::int64_t first = 1) {
  training::State state;
  std::int64_t number = 0;
  numbers(state, number);
  for (std::size_t i = 0; i < values.size(); ++i) {
    number = first + static_cast<std::int64_t>(i);
    checkpoints.save(number, state, {{"loss", values[i]}});
  }
}

std::int64_t resumed(training::Checkpoints& checkpoints) {
  training::State state;
  std::int64_t number = 0;
  numbers(state, number);
  return checkpoints.resume(state) ? number : -1;
}

std::string file_of(const TemporaryDirectory& directory, std::int64_t step) {
  const std::string digits = std::to_string(step);
  return directory / ("checkpoint-" + std::string(12 - digits.size(), '0') + digits + ".safetensors");
}

}  // namespace

TEST_CASE("a training that is interrupted anywhere ends with the same bits") {
  const Outcome undisturbed = run("", 0, -1);
  CHECK(undisturbed.history.at(0).second.size() > 3);
  CHECK(undisturbed.history.at(0).second.size() < 8);  // it stops early: that, too, must survive
  // Epochs have four steps: at the begin, within one, before and behind the end of one.
  const std::vector<std::pair<std::int64_t, std::vector<std::int64_t>>> cases{
      {0, {3, 4, 9}}, {1, {4, 6, validated + 8}}, {3, {0, 5, 12, 13}}};
  for (const auto& [every, stops] : cases)
    for (const std::int64_t stop : stops) {
      INFO("a checkpoint every " << every << " steps, interrupted after " << stop);
      const TemporaryDirectory directory;
      REQUIRE_THROWS_AS(run(directory.path(), every, stop), Interrupted);
      const int threads = num_threads();
      set_num_threads(static_cast<int>(stop % 3 + 1));
      // Whatever the seed is then, if there is a checkpoint:
      const bool any = training::Checkpoints({.directory = directory.path()}).any();
      CHECK(run(directory.path(), every, -1, any ? 99 : 7) == undisturbed);
      set_num_threads(threads);
      CHECK(run(directory.path(), every, -1, 98).weights == undisturbed.weights);  // nothing is left to do
    }
}

TEST_CASE("checkpoints do not change a training") {
  const TemporaryDirectory directory;
  CHECK(run(directory.path(), 2, -1) == run("", 0, -1));
}

TEST_CASE("a training may go on for more epochs") {
  const TemporaryDirectory directory;
  const auto fit = [&](std::int64_t epochs, const std::string& name, std::uint64_t seed) {
    SmallTraining small(seed);
    small.trainer.fit(
        small.loader,
        {.epochs = epochs, .verbose = 0, .checkpoints = {.directory = directory / name}, .resume = true});
    CHECK(small.trainer.step() == 4 * epochs);
    return std::pair(training::weights_hash(small.model), small.trainer.history()["loss"]);
  };
  fit(2, "a", 7);
  CHECK(fit(4, "a", 8) == fit(4, "b", 7));
}

TEST_CASE("epochs of steps_per_epoch are resumed") {
  const auto fit = [](const std::string& directory, std::int64_t stop_after) {
    SmallTraining small;
    training::LambdaCallback interrupt({.on_batch_begin = [&](training::Trainer& running, std::int64_t) {
      if (running.step() == stop_after) throw Interrupted();
    }});
    small.trainer.fit(small.loader, {.epochs = 4,
                                     .callbacks = {interrupt},
                                     .verbose = 0,
                                     .steps_per_epoch = 3,
                                     .checkpoints = {.directory = directory, .every_steps = 2},
                                     .resume = true});
    return training::weights_hash(small.model);
  };
  const TemporaryDirectory whole;
  const std::uint64_t expected = fit(whole.path(), -1);
  for (const std::int64_t stop : {2, 5, 6, 7}) {
    const TemporaryDirectory directory;
    CHECK_THROWS_AS(fit(directory.path(), stop), Interrupted);
    CHECK(fit(directory.path(), -1) == expected);
  }
}

TEST_CASE("a training whose optimizer averages ends with the averages, resumed or not") {
  const auto fit = [](const std::string& directory, std::int64_t epochs, std::int64_t stop_after) {
    SmallTraining small;
    optim::Adam adam(small.model,
                     {.use_ema = true, .ema_momentum = 0.9, .ema_overwrite_frequency = epochs > 3 ? 7 : 0});
    training::Trainer trainer(small.model, adam, cross_entropy);
    std::uint64_t last = 0;
    training::LambdaCallback watch(
        {.on_batch_begin =
             [&](training::Trainer& running, std::int64_t) {
               if (running.step() == stop_after) throw Interrupted();
             },
         .on_epoch_end = [&](training::Trainer&, std::int64_t,
                             const training::Logs&) { last = training::weights_hash(small.model); },
         .on_train_end =
             [&](training::Trainer&) {
               if (stop_after < 0) CHECK(training::weights_hash(small.model) != last);
             }});
    trainer.fit(small.loader, {.epochs = epochs,
                               .callbacks = {watch},
                               .verbose = 0,
                               .checkpoints = {.directory = directory, .every_steps = 2},
                               .resume = true});
    const std::uint64_t ended = training::weights_hash(small.model);
    adam.assign_averages();
    CHECK(training::weights_hash(small.model) == ended);
    return ended;
  };
  for (const std::int64_t epochs : {3, 5}) {  // without overwriting, and with it
    const TemporaryDirectory whole, again;
    const std::uint64_t expected = fit(whole.path(), epochs, -1);
    CHECK(fit(whole.path(), epochs, -1) == expected);  // when there is nothing left to do
    for (const std::int64_t stop : {1, 3, 6, 9, 10}) {
      const TemporaryDirectory directory;
      CHECK_THROWS_AS(fit(directory.path(), epochs, stop), Interrupted);
      CHECK(fit(directory.path(), epochs, -1) == expected);
    }
    // One that has ended with averages goes on with what they are averages of.
    fit(again.path(), epochs - 1, -1);
    CHECK(fit(again.path(), epochs, -1) == expected);
  }
}

TEST_CASE("trainings on a stream of unknown length are resumed") {
  struct Countdown : data::Stream {
    struct From : Reader {
      int next_one = 10;
      std::optional<data::Example> next() override {
        if (next_one == 0) return {};
        return data::Example{full({1}, 0.1 * next_one--), ones({1})};
      }
    };
    std::unique_ptr<Reader> read(const data::Randomness&) const override { return std::make_unique<From>(); }
  };
  const auto fit = [](const std::string& directory, std::int64_t steps_per_epoch, std::int64_t stop_after) {
    manual_seed(1);
    const Countdown stream;
    data::DataLoader loader(stream, {.batch_size = 4});
    nn::Sequential model{nn::Linear(1, 4), nn::Dropout(0.5), nn::Linear(4, 1)};
    optim::SGD sgd(model);
    training::Trainer trainer(model, sgd, mse_loss);
    training::LambdaCallback interrupt({.on_batch_begin = [&](training::Trainer& running, std::int64_t) {
      REQUIRE(running.steps_per_epoch() == steps_per_epoch);
      if (running.step() == stop_after) throw Interrupted();
    }});
    trainer.fit(loader, {.epochs = 2,
                         .callbacks = {interrupt},
                         .verbose = 0,
                         .steps_per_epoch = steps_per_epoch,
                         .checkpoints = {.directory = directory, .every_steps = 1},
                         .resume = true});
    return std::tuple(training::weights_hash(model), trainer.step(), trainer.history().all());
  };
  for (const std::int64_t steps_per_epoch : {0, 4}) {
    const TemporaryDirectory whole;
    const auto expected = fit(whole.path(), steps_per_epoch, -1);
    CHECK(std::get<1>(expected) == (steps_per_epoch == 0 ? 6 : 8));  // a pass has three batches
    for (std::int64_t stop = 1; stop < 6; ++stop) {
      INFO("epochs of " << steps_per_epoch << " steps, interrupted after " << stop);
      const TemporaryDirectory directory;
      CHECK_THROWS_AS(fit(directory.path(), steps_per_epoch, stop), Interrupted);
      CHECK(fit(directory.path(), steps_per_epoch, -1) == expected);
    }
  }
}

TEST_CASE("the last checkpoints and the best one are kept") {
  const TemporaryDirectory directory;
  const training::CheckpointsOptions options{
      .directory = directory.path(), .keep_last = 2, .monitor = "loss"};
  training::Checkpoints checkpoints(options);
  CHECK_FALSE(checkpoints.any());
  CHECK(checkpoints.best().empty());
  CHECK(resumed(checkpoints) == -1);
  write(checkpoints, {3, 1, 2, 2});
  CHECK(directory.entries() == 3);
  CHECK(checkpoints.best() == file_of(directory, 2));
  CHECK(std::filesystem::exists(file_of(directory, 2)));

  training::Checkpoints again(options);
  CHECK(resumed(again) == 4);
  CHECK(again.best() == file_of(directory, 2));
  write(again, {1.5, 0.5, 0.7}, 5);
  CHECK(again.best() == file_of(directory, 6));
  CHECK(directory.entries() == 2);
  training::State state;
  std::int64_t number = 8;
  numbers(state, number);
  CHECK_THROWS_AS(again.save(8, state, {{"accuracy", 1}}), ValueError);
  again.save(8, state);  // within an epoch there is no value
  CHECK(again.best() == file_of(directory, 6));
  CHECK(directory.entries() == 3);
  CHECK_THROWS_AS(again.save(-1, state), ValueError);
}

TEST_CASE("a damaged checkpoint is skipped with a notice") {
  const TemporaryDirectory directory;
  std::vector<std::string> notices;
  training::Checkpoints checkpoints(
      {.directory = directory.path(), .keep_last = 3, .notice = [&](const std::string& notice) {
         notices.push_back(notice);
       }});
  write(checkpoints, {0, 0, 0});
  std::string content = io::read_file(file_of(directory, 3));
  content[content.size() - 8] ^= 1;  // of the number: only the hash can tell
  directory.file("checkpoint-000000000003.safetensors", content);
  directory.file("checkpoint-000000000009.safetensors", content.substr(0, content.size() / 2));
  directory.file("checkpoint-000000000010.safetensors", "");
  directory.file("checkpoint-11.safetensors", "another's");
  directory.file("notes.txt", "mine");
  io::save_safetensors(file_of(directory, 8), {{"number.value", full({1}, 1, int64)}});
  CHECK(resumed(checkpoints) == 2);
  REQUIRE(notices.size() == 4);
  CHECK(notices[0].find("000000000010") != std::string::npos);
  CHECK(notices[2].find("it is not a checkpoint") != std::string::npos);
  CHECK(notices[3].find("hash") != std::string::npos);

  // None of those counts as one of the last, or is removed before it is replaced.
  training::Checkpoints one(
      {.directory = directory.path(), .keep_last = 1, .notice = [](const std::string&) {}});
  write(one, {0}, 4);
  CHECK_FALSE(std::filesystem::exists(file_of(directory, 2)));
  CHECK(std::filesystem::exists(file_of(directory, 9)));
  CHECK(resumed(one) == 4);
  std::filesystem::remove(file_of(directory, 4));
  CHECK_THROWS_AS(resumed(one), IoError);
  CHECK(std::filesystem::exists(directory / "notes.txt"));
}

TEST_CASE("a checkpoint of another training changes nothing") {
  const TemporaryDirectory directory;
  SmallTraining small;
  small.trainer.fit(small.loader, {.verbose = 0, .checkpoints = {.directory = directory.path()}});
  const auto refused = [&](nn::Sequential model, training::TrainerOptions options) {
    optim::Adam adam(model);
    training::Trainer trainer(model, adam, cross_entropy, std::move(options));
    const std::uint64_t before = training::hash_of(model.state_dict());
    data::DataLoader loader(small.examples, {.batch_size = 12, .shuffle = true, .seed = 4});
    CHECK_THROWS_AS(
        trainer.fit(
            loader,
            {.epochs = 2, .verbose = 0, .checkpoints = {.directory = directory.path()}, .resume = true}),
        Error);
    CHECK(training::hash_of(model.state_dict()) == before);
    CHECK(loader.position().seed == 4);
    CHECK(adam.iterations() == 0);
  };
  refused({nn::Linear(6, 3)}, {});
  refused({nn::Linear(6, 16), nn::BatchNorm1d(16), nn::ReLU(), nn::Dropout(0.3), nn::Linear(16, 3)}, {});
  // The same directory, without .resume
  CHECK_THROWS_AS(
      small.trainer.fit(small.loader, {.verbose = 0, .checkpoints = {.directory = directory.path()}}),
      ValueError);
}

TEST_CASE("a full disk: one error, and the checkpoints are still there") {
  const TemporaryDirectory directory;
  training::Checkpoints checkpoints({.directory = directory.path(), .keep_last = 1});
  write(checkpoints, {0}, 1);
  rlimit before = {};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 100;
  REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  CHECK_THROWS_AS(write(checkpoints, {0}, 2), IoError);
  REQUIRE(setrlimit(RLIMIT_FSIZE, &before) == 0);
  std::signal(SIGXFSZ, handler);
  CHECK(directory.entries() == 1);
  CHECK(resumed(checkpoints) == 1);
  write(checkpoints, {0}, 2);
  CHECK(resumed(checkpoints) == 2);
}

TEST_CASE("a folder that cannot be written: one error, and the checkpoints are still there") {
  const TemporaryDirectory directory;
  training::Checkpoints checkpoints({.directory = directory.path(), .keep_last = 1});
  write(checkpoints, {0}, 1);
  const bool root = geteuid() == 0;  // who may write anywhere
  std::filesystem::permissions(directory.path(), std::filesystem::perms(0555));
  if (root) REQUIRE(seteuid(65534) == 0);
  CHECK_THROWS_AS(write(checkpoints, {0}, 2), IoError);
  training::Checkpoints below({.directory = directory / "below"});
  CHECK_THROWS_AS(write(below, {0}, 2), IoError);
  if (root) REQUIRE(seteuid(0) == 0);
  std::filesystem::permissions(directory.path(), std::filesystem::perms(0755));
  CHECK(directory.entries() == 1);
  CHECK(resumed(checkpoints) == 1);
  directory.file("file", "");
  training::Checkpoints in_file({.directory = directory / "file"});
  CHECK_THROWS_AS(write(in_file, {0}), IoError);
}

TEST_CASE("what Checkpoints refuses") {
  CHECK_THROWS_AS(training::Checkpoints({}), ValueError);
  CHECK_THROWS_AS(training::Checkpoints({.directory = "a", .every_steps = -1}), ValueError);
  CHECK_THROWS_AS(training::Checkpoints({.directory = "a", .keep_last = 0}), ValueError);
  CHECK_THROWS_AS(training::Checkpoints({.directory = "a", .monitor = "size"}), ValueError);
  const TemporaryDirectory directory;
  training::Checkpoints checkpoints({.directory = directory.path()});
  training::State state;
  std::int64_t number = 0;
  state.add("checkpoints", number);
  CHECK_THROWS_AS(checkpoints.save(1, state), ValueError);
}

TEST_CASE("a loop of one's own with checkpoints") {
  const auto loop = [](const std::string& directory, std::int64_t stop_after) {
    SmallTraining small;
    std::int64_t step = 0;
    double loss_sum = 0;
    training::State state;
    state.add("model", small.model)
        .add("optimizer", small.adam)
        .add("loader", small.loader)
        .add("random", default_generator())
        .add("step", step)
        .add("loss_sum", loss_sum);
    training::Checkpoints checkpoints({.directory = directory});
    checkpoints.resume(state);
    while (small.loader.position().epoch < 3)
      for (const data::Batch& batch : small.loader) {
        loss_sum += small.adam.minimize([&] { return cross_entropy(small.model(batch[0]), batch[1]); })
                        .item<double>();
        if (++step % 2 == 0) checkpoints.save(step, state);
        if (step == stop_after) throw Interrupted();
      }
    return std::pair(training::weights_hash(small.model), loss_sum);
  };
  const TemporaryDirectory whole;
  const auto expected = loop(whole.path(), -1);
  for (const std::int64_t stop : {1, 4, 5, 8, 11}) {
    const TemporaryDirectory directory;
    CHECK_THROWS_AS(loop(directory.path(), stop), Interrupted);
    CHECK(loop(directory.path(), -1) == expected);
  }
}
