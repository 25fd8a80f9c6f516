// Writes event files of everything there is: tensorboard DIRECTORY.
#include <cstdio>

#include <taper/taper.h>

using namespace taper;

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
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
