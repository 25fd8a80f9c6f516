// bench_loader: how many images a second the loader of MNIST makes, and what it costs a training.
//   bench_loader images FOLDER BATCH WORKERS SECONDS: images a second, shuffled; a number for loader.py.
//   bench_loader training FOLDER [ROUNDS]: a network trained from batches that lie in memory and, in turns,
//   from the loader; the ratio of their times.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <taper/taper.h>

namespace {

using namespace taper;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

int images(const std::string& folder, std::int64_t batch_size, std::int64_t workers, double seconds) {
  const data::Mnist dataset(folder, true, {.normalize = true});
  const auto prefetch = workers == 0 ? std::optional<std::int64_t>(0) : std::nullopt;
  data::DataLoader loader(dataset, {.batch_size = batch_size,
                                    .shuffle = true,
                                    .seed = 1,
                                    .prefetch = prefetch,
                                    .workers = std::max<std::int64_t>(workers, 1)});
  std::int64_t seen = 0;
  double sum = 0;
  const auto epoch = [&] {
    for (const data::Batch& batch : loader) {
      seen += batch[1].numel();
      sum += batch[0].data<float>()[0];
    }
  };
  epoch();  // warms up
  seen = 0;
  const auto start = Clock::now();
  while (seconds_since(start) < seconds) epoch();
  fmt::print("{:.0f}\n", static_cast<double>(seen) / seconds_since(start));
  return sum == 0;
}

double cpu_seconds() {  // of this thread
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// What a number of steps took, on the clock and of this thread's time.
struct Times {
  double wall, cpu;
};

template <class Steps>
Times measure(Steps&& steps) {
  const double cpu = cpu_seconds();
  const auto start = Clock::now();
  steps();
  return {seconds_since(start), cpu_seconds() - cpu};
}

int cost_of_loading(const std::string& folder, int rounds) {
  constexpr std::int64_t batch_size = 32, steps = 100;
  const data::Mnist dataset(folder, true, {.normalize = true});
  data::DataLoader loader(dataset, {.batch_size = batch_size, .shuffle = true, .seed = 1, .drop_last = true});
  std::vector<data::Batch> loaded;
  for (const data::Batch& batch : loader) loaded.push_back(batch);

  nn::Sequential model{nn::Flatten(), nn::Linear(784, 128, {.activation = Activation::relu}),
                       nn::Linear(128, 10)};
  optim::Adam optimizer(model);
  const auto step = [&](const data::Batch& batch) {
    optimizer.minimize([&] { return cross_entropy(model(batch[0]), batch[1]); });
  };
  auto next = loader.begin();
  std::size_t at = 0;
  const auto from_memory = [&] {
    for (std::int64_t i = 0; i < steps; ++i, at = (at + 1) % loaded.size()) step(loaded[at]);
  };
  const auto from_loader = [&] {
    for (std::int64_t i = 0; i < steps; ++i) {
      if (next == std::default_sentinel) next = loader.begin();
      step(*next);
      ++next;
    }
  };
  from_memory();
  from_loader();
  std::vector<double> wall, cpu, memory, loading;
  for (int round = 0; round < rounds; ++round) {
    Times a{}, b{};
    if (round % 2 == 0) a = measure(from_memory);
    b = measure(from_loader);
    if (round % 2 != 0) a = measure(from_memory);
    wall.push_back(b.wall / a.wall);
    cpu.push_back(b.cpu / a.cpu);
    memory.push_back(a.wall / steps * 1e6);
    loading.push_back(b.wall / steps * 1e6);
  }
  fmt::print(
      "784-128-10, batches of {}, {} threads: {:.1f} us a step from memory, {:.1f} from the loader; medians "
      "of "
      "{} ratios: {:.3f} on the clock, {:.3f} of the loop's CPU time\n",
      batch_size, num_threads(), median(memory), median(loading), rounds, median(wall), median(cpu));
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  const std::vector<std::string> words(arguments + 1, arguments + count);
  if (words.size() == 5 && words[0] == "images")
    return images(words[1], std::stoll(words[2]), std::stoll(words[3]), std::stod(words[4]));
  if (words.size() >= 2 && words[0] == "training")
    return cost_of_loading(words[1], words.size() > 2 ? std::stoi(words[2]) : 40);
  fmt::print(
      "usage: bench_loader images FOLDER BATCH WORKERS SECONDS | bench_loader training FOLDER [ROUNDS]\n");
  return 2;
}
