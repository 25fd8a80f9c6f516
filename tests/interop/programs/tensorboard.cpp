// Writes event files of everything there is: tensorboard DIRECTORY.
#include <cstdio>

#include <taper/taper.h>

using namespace taper;

// Trains until `stop` steps are done, or to the end; if these end an epoch, until that has been written.
static void resume(const std::string& directory, std::int64_t stop) {
  manual_seed(1);
  nn::Sequential model{nn::Linear(3, 2)};
  optim::SGD sgd(model);
  training::Trainer trainer(model, sgd, cross_entropy);
  const data::TensorDataset dataset({normal({12, 3}), remainder(arange(0, 12), 2)});
  data::DataLoader loader(dataset, {.batch_size = 4}), validation(dataset, {.batch_size = 6});
  const auto interrupt = [&](const training::Trainer& running) {
    if (running.step() == stop) throw ValueError("interrupted");
  };
  const training::LambdaCallback interrupts(
      {.on_batch_end =
           [&](training::Trainer& running, std::int64_t batch, const training::Logs&) {
             if (batch < 2) interrupt(running);
           },
       .on_epoch_end = [&](training::Trainer& running, std::int64_t,
                           const training::Logs&) { interrupt(running); }});
  try {
    trainer.fit(
        loader,
        {.epochs = 4,
         .validation_data = &validation,
         .callbacks = {training::TensorBoard(directory, {.update_freq = 1, .histogram_freq = 1}), interrupts},
         .verbose = 0,
         .checkpoints = {.directory = directory + "-checkpoints", .every_steps = 2},
         .resume = true});
  } catch (const ValueError&) {
    if (stop == 0) throw;
  }
}

int main(int count, char** arguments) {
  if (count != 2) return 2;
  const std::string directory = arguments[1];
  try {
    manual_seed(1);
    training::TensorBoard board(directory + "/own");
    for (int step = 0; step < 100; ++step) board.scalar("curve", 1.0 / (step + 1), 10 * step);
    board.scalar("curve", -1e30, 1000);
    const Tensor values = normal({1000}, 1, 2, float64);
    io::save_safetensors(directory + "/values.safetensors", {{"values", values}});
    board.histogram("values", values, 3);
    const Tensor pixels = to(reshape(arange(0, 3 * 4 * 6) * 3, {3, 4, 6}), uint8);
    board.image("rgb", pixels, 1);
    board.image("gray", pixels[0], 2);
    board.text("note", "a **text**", 5);
    nn::Sequential model{nn::Linear(3, 4), nn::Tanh(), nn::Linear(4, 2)};
    board.graph(model, zeros({2, 3}));

    optim::SGD sgd(model, {.learning_rate = 0.25});
    training::Trainer trainer(model, sgd, cross_entropy);
    const data::TensorDataset dataset({normal({12, 3}), remainder(arange(0, 12), 2)});
    data::DataLoader loader(dataset, {.batch_size = 4}), validation(dataset, {.batch_size = 6});
    training::TensorBoard callback(directory + "/training", {.update_freq = 1, .histogram_freq = 1});
    const training::History& history = trainer.fit(
        loader, {.epochs = 3, .validation_data = &validation, .callbacks = {&callback}, .verbose = 0});
    NamedTensors losses;
    for (const auto& [name, numbers] : history.all())
      losses.emplace_back(name, from_data(numbers, {static_cast<std::int64_t>(numbers.size())}));
    io::save_safetensors(directory + "/history.safetensors", losses);

    for (const std::int64_t stop : {5, 9, 11, 0}) resume(directory + "/resumed", stop);
    for (const int run : {0, 1}) {  // one that ends at step 7, and goes on from step 5
      training::TensorBoard curve(directory + "/purged",
                                  {.purge_step = run == 0 ? std::optional<std::int64_t>() : 5});
      for (int step = 5 * run; step < 8 + run; ++step) curve.scalar("curve", step + run, step);
    }
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
