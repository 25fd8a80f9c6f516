// A race on surfaces: all optimizers, each with the best of twelve learning rates.
#include <algorithm>
#include <map>

#include "ideas.h"
#include "racing.h"

namespace course {

void race(Report& report) {
  constexpr int steps = 500;
  constexpr double within = 0.01;
  const auto count = static_cast<int>(surfaces().size());
  plot::Figure paths({.rows = (count + 1) / 2,
                      .columns = 2,
                      .width = 860,
                      .height = 260,
                      .title = "Paths of 200 steps, from the large dot; small dots are minima",
                      .shared_legend = true});
  plot::Figure distances({.rows = (count + 1) / 2,
                          .columns = 2,
                          .width = 860,
                          .height = 230,
                          .title = "Distance from the nearest minimum",
                          .shared_legend = true});

  const std::vector<Contestant> all = contestants();
  std::vector<std::string> rows;
  std::string head = fmt::format("{:<12}", "");
  for (const Contestant& contestant : all) rows.push_back(fmt::format("{:<12}", contestant.name));
  const auto find = [](const std::vector<Run>& runs, const char* name) -> const Run& {
    return *std::find_if(runs.begin(), runs.end(), [&](const Run& run) { return run.name == name; });
  };
  report.say(
      "The step from which on the distance stays below {}, and the learning rate of the twelve that was "
      "best:",
      within);
  std::map<std::string, std::pair<double, double>> rates;
  for (int k = 0; k < count; ++k) {
    const Surface& surface = surfaces()[static_cast<std::size_t>(k)];
    std::vector<Run> runs;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const std::string& name = all[i].name;
      if (report.options.quick && k > 0 && name != "SGD" && name != "Adam" && name != "Momentum") continue;
      runs.push_back(best_run(all[i], surface, steps));
      const std::size_t arrival = runs.back().arrival(within);
      rows[i] += fmt::format("{:>6} {:<8}", arrival > steps ? "-" : std::to_string(arrival),
                             fmt::format("({})", runs.back().learning_rate));
    }
    head += fmt::format("{:>12}   ", surface.name);
    draw_paths(paths.at(k / 2, k % 2), surface, runs);
    draw_distances(distances.at(k / 2, k % 2), surface, runs);
    const auto arrival = [&](const char* name) { return find(runs, name).arrival(within); };
    if (surface.name == "Ravine")
      report.claim(3 * arrival("Momentum") < 2 * arrival("SGD"),
                   "Ravine: momentum arrives after {} steps, plain descent after {}", arrival("Momentum"),
                   arrival("SGD"));
    if (surface.name == "Plateau") {
      const std::size_t sgd = run(all.front(), surface, 0.1, steps).arrival(within);
      const std::size_t adam = run(all[2], surface, 0.1, steps).arrival(within);
      report.claim(sgd > steps && adam < 200,
                   "Plateau, learning rate 0.1: Adam arrives after {} steps, plain descent not in {}", adam,
                   steps);
    }
    for (const char* const name : {"SGD", "Adam"}) {
      auto& [low, high] = rates.try_emplace(name, 1e9, 0).first->second;
      low = std::min(low, find(runs, name).learning_rate);
      high = std::max(high, find(runs, name).learning_rate);
    }
  }
  report.claim(
      rates["SGD"].second / rates["SGD"].first >= 100 && rates["Adam"].second / rates["Adam"].first <= 10,
      "the best learning rates are {} to {} for plain descent, {} to {} for Adam", rates["SGD"].first,
      rates["SGD"].second, rates["Adam"].first, rates["Adam"].second);
  report.say("{}", head);
  for (const std::string& row : rows) report.say("{}", row);
  report.draw("race", paths);
  report.draw("race-distance", distances);
}

}  // namespace course
