// compare: Taper and whoever else is installed on the same work, measured in turns.
#include <algorithm>
#include <chrono>
#include <ctime>
#include <fstream>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "contender.h"
#include "limits.h"
#include "peers.h"
#include "result.h"

namespace {

using namespace comparison;

struct Options {
  int threads = 1, rounds = 7;
  bool quick = false;
  std::vector<std::string> only, without;
  std::string python, json, chart;
};

Times summarize(std::vector<double> times) {
  std::sort(times.begin(), times.end());
  const auto at = [&](double q) {
    return times[static_cast<std::size_t>(q * static_cast<double>(times.size() - 1) + 0.5)];
  };
  return {at(0.5), at(0.25), at(0.75)};
}

bool begins_any(const std::string& name, const std::vector<std::string>& beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(),
                     [&](const std::string& beginning) { return name.starts_with(beginning); });
}

/// Waits until the threads of the contender before are asleep: some spin for tens of milliseconds, on the
/// cores that the next one needs. (Those of a Python process wait for themselves, see peers.py.)
void settle() {
  for (int i = 0; i < 100; ++i) {
    const std::clock_t before = std::clock();  // of all threads
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    if (std::clock() - before < CLOCKS_PER_SEC / 2000) return;
  }
}

Result measure(const Workload& workload, const Options& options) {
  struct Runner {
    std::string name;
    Measure run;
    std::int64_t repeats;
    std::vector<double> times;
  };
  // Long enough for the clock and for what happens now and then; whole steps vary more.
  const double target = (workload.group == "training" ? 0.06 : 0.008) / (options.quick ? 2 : 1);
  std::vector<Runner> runners;
  for (const Contender& contender : contenders()) {
    Runner runner{contender.name, contender.prepare(workload, options.threads), 1, {}};
    if (!runner.run) continue;
    runner.run(1);  // warms up: memory, code that is made on first use
    for (double seconds; (seconds = runner.run(runner.repeats)) < target;)
      runner.repeats =
          std::max(runner.repeats + 1, static_cast<std::int64_t>(static_cast<double>(runner.repeats) *
                                                                 std::min(10.0, 1.1 * target / seconds)));
    runners.push_back(std::move(runner));
  }
  const Limit limit(workload, options.threads);
  std::vector<double> limits;
  for (int round = 0; round < options.rounds; ++round) {
    settle();
    limits.push_back(limit.seconds());
    for (std::size_t i = 0; i < runners.size(); ++i) {
      Runner& runner = runners[(i + static_cast<std::size_t>(round)) % runners.size()];
      settle();
      // Brings its memory back into the caches, and its threads onto their cores.
      runner.run(std::max<std::int64_t>(1, runner.repeats / (options.threads > 1 ? 1 : 10)));
      runner.times.push_back(runner.run(runner.repeats) / static_cast<double>(runner.repeats));
    }
  }
  Result result{workload, summarize(std::move(limits)).median, {}};
  for (Runner& runner : runners) result.entries.push_back({runner.name, summarize(std::move(runner.times))});
  return result;
}

/// Prints the limits of the machine when nothing has warmed it, and returns them for the file of figures.
nlohmann::json limits_at_rest(int threads) {
  constexpr int tries = 10;
  nlohmann::json limits{{"peak_float32", multiply_adds<float>(threads).rate(tries)},
                        {"peak_float64", multiply_adds<double>(threads).rate(tries)}};
  fmt::print("limits: {:.0f} GFLOP/s float32, {:.0f} float64; GB/s",
             limits["peak_float32"].get<double>() * 1e-9, limits["peak_float64"].get<double>() * 1e-9);
  for (const std::int64_t kilobytes : {24, 512, 8192, 262'144}) {
    const double copy = best_rate(transfers(threads, 1, 1, kilobytes << 10), tries);
    const double add = best_rate(transfers(threads, 2, 1, kilobytes << 10), tries);
    fmt::print("{} {:.0f} copy, {:.0f} add in {} KiB", kilobytes == 24 ? "" : ";", copy * 1e-9, add * 1e-9,
               kilobytes);
    limits[fmt::format("copy_{}_KiB", kilobytes)] = copy;
  }
  fmt::print("\n");
  return limits;
}

std::string cpu_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown CPU";
}

int run(const Options& options) {
  if (!options.python.empty()) register_peers(options.python, options.threads);
  std::erase_if(contenders(), [&](const Contender& c) { return begins_any(c.name, options.without); });
  const std::string cpu = cpu_name();
  fmt::print("{}, {} thread(s), medians of {} rounds in turns\n", cpu, options.threads, options.rounds);
  nlohmann::json versions;
  for (const Contender& contender : contenders()) {
    versions[contender.name] = contender.version;
    if (contender.name != "taper") fmt::print("{} {}; ", contender.name, contender.version);
  }
  fmt::print("ratios: their time / Taper's\n");
  const nlohmann::json limits = limits_at_rest(options.threads);

  std::vector<Result> results, group;
  nlohmann::json figures = nlohmann::json::array();
  const auto end_group = [&] {
    if (!group.empty()) print_means(group);
    group.clear();
  };
  for (const Workload& workload : workloads(options.quick)) {
    if (!options.only.empty() && !begins_any(workload.group, options.only) &&
        !begins_any(workload.name, options.only))
      continue;
    if (!group.empty() && group.back().workload.group != workload.group) end_group();
    group.push_back(measure(workload, options));
    if (group.size() == 1) print_header(group.front());
    print_row(group.front(), group.back());
    results.push_back(group.back());
    figures.push_back(to_json(group.back()));
  }
  end_group();
  if (!options.json.empty())
    std::ofstream(options.json)
        << nlohmann::json{{"cpu", cpu},           {"threads", options.threads}, {"rounds", options.rounds},
                          {"versions", versions}, {"limits", limits},           {"results", figures}}
               .dump(2)
        << '\n';
  if (!options.chart.empty())
    std::ofstream(options.chart) << chart(results, fmt::format("{}, {} thread(s)", cpu, options.threads));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Taper and others on the same work, in turns; ratios above 1: Taper is faster");
  app.add_option("--threads", options.threads, "threads of each")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--rounds", options.rounds, "measurements of each")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--only", options.only, "groups or names of workloads, or their beginnings");
  app.add_option("--without", options.without, "contenders to leave out");
  app.add_option("--python", options.python, "a Python that has torch, jax or tensorflow: they take part");
  app.add_option("--json", options.json, "a file for the figures");
  app.add_option("--chart", options.chart, "a file for the chart (SVG)");
  app.add_flag("--quick", options.quick, "a few workloads of each group, shorter");
  CLI11_PARSE(app, argc, argv);
  return run(options);
}
