// bench_adam [COUNT...]: the Adam step over so many parameters, here and in libtorch, and against a plain
// loop over the same memory: four arrays are read and three written.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <vector>

#include <torch/torch.h>

#include <taper/optim/rules/adam.h>
#include <taper/taper.h>

namespace {

// The best of several times that take 0.1 s or more each, in seconds.
double best(const std::function<void()>& body) {
  using Clock = std::chrono::steady_clock;
  body();
  double least = 1e9;
  for (int round = 0; round < 4; ++round) {
    const auto start = Clock::now();
    double passed = 0;
    int repeats = 0;
    do {
      body();
      ++repeats;
      passed = std::chrono::duration<double>(Clock::now() - start).count();
    } while (passed < 0.1);
    least = std::min(least, passed / repeats);
  }
  return least;
}

// Bytes a second of a plain loop that does with its four arrays what Adam must: read all, write three.
double bandwidth(std::int64_t count) {
  std::vector<std::vector<float>> arrays(4, std::vector<float>(static_cast<std::size_t>(count), 1.f));
  float *const __restrict w = arrays[0].data(), *const __restrict m = arrays[1].data(), *const __restrict v = arrays[2].data();
  const float* const __restrict g = arrays[3].data();
  constexpr std::int64_t block = 1 << 14;
  return 28. * static_cast<double>(count) / best([&] {
           taper::parallel_for((count + block - 1) / block, [&](std::int64_t task) {
             const std::int64_t end = std::min((task + 1) * block, count);
             for (std::int64_t i = task * block; i < end; ++i) {
               m[i] = m[i] * 0.5f + g[i];
               v[i] = v[i] * 0.5f + g[i];
               w[i] = w[i] - m[i];
             }
           });
         });
}

double here(std::int64_t count) {
  taper::Tensor w = taper::uniform({count}).set_requires_grad();
  w.set_grad(taper::uniform({count}));
  taper::optim::Adam adam({w}, {.learning_rate = 1e-3});
  return best([&] { adam.step(); });
}

double libtorch(std::int64_t count) {
  torch::Tensor w = torch::rand({count}).requires_grad_();
  w.mutable_grad() = torch::rand({count});
  torch::optim::Adam adam({w}, torch::optim::AdamOptions(1e-3));
  return best([&] { adam.step(); });
}

}  // namespace

int main(int argument_count, char** arguments) {
  std::vector<std::int64_t> counts;
  for (int i = 1; i < argument_count; ++i) counts.push_back(std::llround(std::atof(arguments[i])));
  if (counts.empty()) counts = {1'000'000, 100'000'000};
  std::printf("parameters  threads  Taper ms  libtorch ms  ratio   of plain loop\n");
  for (const std::int64_t count : counts)
    for (const int threads : {1, 2}) {
      taper::set_num_threads(threads);
      torch::set_num_threads(threads);
      const double limit = bandwidth(count), own = here(count), other = libtorch(count);
      std::printf("%10.0e  %7d  %8.3f  %11.3f  %5.2f  %16.2f\n", static_cast<double>(count), threads,
                  own * 1e3, other * 1e3, other / own, 28. * static_cast<double>(count) / own / limit);
      std::fflush(stdout);
    }
}
