// compare: Taper and libtorch on the same work, measured in turns in one process.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "workload.h"

namespace {

using compare::Workload;

double seconds(const compare::Task& task) {
  const auto start = std::chrono::steady_clock::now();
  task();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

struct Summary {
  double median, low, high;  // the middle, and the quartiles
};

Summary summarize(std::vector<double> times, double scale) {
  std::sort(times.begin(), times.end());
  const auto at = [&](double q) {
    return scale * times[static_cast<std::size_t>(q * static_cast<double>(times.size() - 1) + 0.5)];
  };
  return {at(0.5), at(0.25), at(0.75)};
}

std::string shown(const Summary& s) {
  return fmt::format("{:9.4g}  ({:.4g} to {:.4g})", s.median, s.low, s.high);
}

compare::Data make_data(std::int64_t count) {
  compare::Data data;
  data.count = count;
  std::uint64_t state = 1;
  const auto next = [&] { return (state = state * 6364136223846793005u + 1442695040888963407u) >> 40; };
  for (std::int64_t i = 0; i < count * 784; ++i)
    data.images.push_back(static_cast<float>(next() % 256) / 255);
  for (std::int64_t i = 0; i < count; ++i) data.labels.push_back(static_cast<std::int64_t>(next() % 10));
  return data;
}

}  // namespace

int main(int argc, char** argv) {
  // BLAS reads its number of threads when it is loaded; more than one slows libtorch down.
  if (std::getenv("OPENBLAS_NUM_THREADS") == nullptr) {
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
    execv("/proc/self/exe", argv);
  }
  int threads = 1, rounds = 7;
  std::string json;
  std::vector<std::string> only;
  CLI::App app(
      "Taper and libtorch on the same work, in turns: seconds and the ratio (above 1: Taper is faster)");
  app.add_option("--threads", threads, "threads of each")->check(CLI::Range(1, 1024))->capture_default_str();
  app.add_option("--rounds", rounds, "measurements of each")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--only", only, "names of workloads, or their beginnings");
  app.add_option("--json", json, "a file for the figures");
  CLI11_PARSE(app, argc, argv);

  const std::int64_t epoch = 60'000;
  using enum Workload::Kind;
  std::vector<Workload> workloads = {
      {mlp, "mlp 784-128-10, batch 128, Adam", "s/epoch", 128, 94, 0},
      {convnet, "convnet, batch 128, Adam", "s/epoch", 128, 10, 0},
      {add, "a + b, 8x8", "ns", 0, 100'000, 1e9 / 100'000},
      {add_recorded, "a + b, 8x8, recorded", "ns", 0, 100'000, 1e9 / 100'000},
  };
  const compare::Data data = make_data(12'800);
  nlohmann::json results = nlohmann::json::array();
  fmt::print("{} thread(s), medians of {} rounds in turns (quartiles)\n\n", threads, rounds);
  fmt::print("{:34}{:8}{:>34}{:>34}{:>8}\n", "work", "", "taper", "libtorch", "ratio");
  for (Workload& workload : workloads) {
    const auto matches = [&](const std::string& name) { return workload.name.rfind(name, 0) == 0; };
    if (!only.empty() && std::none_of(only.begin(), only.end(), matches)) continue;
    if (workload.scale == 0)  // steps measured, an epoch printed
      workload.scale = static_cast<double>((epoch + workload.batch - 1) / workload.batch) /
                       static_cast<double>(workload.repeats);
    const compare::Task taper = compare::taper_task(workload, data, threads);
    const compare::Task torch = compare::torch_task(workload, data, threads);
    std::vector<double> ours, theirs;
    for (int round = -1; round < rounds; ++round) {  // round -1 warms up
      const double a = seconds(taper), b = seconds(torch);
      if (round < 0) continue;
      ours.push_back(a);
      theirs.push_back(b);
    }
    const Summary a = summarize(ours, workload.scale), b = summarize(theirs, workload.scale);
    fmt::print("{:34}{:8}{:>34}{:>34}{:7.2f}x\n", workload.name, workload.unit, shown(a), shown(b),
               b.median / a.median);
    std::fflush(stdout);
    results.push_back({{"work", workload.name},
                       {"unit", workload.unit},
                       {"threads", threads},
                       {"rounds", rounds},
                       {"taper", a.median},
                       {"libtorch", b.median},
                       {"ratio", b.median / a.median}});
  }
  if (!json.empty()) std::ofstream(json) << results.dump(2) << '\n';
  return 0;
}
