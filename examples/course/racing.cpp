// Runs on surfaces, and their pictures.
#include "racing.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <taper/taper.h>

using namespace taper;

namespace course {
namespace {

std::vector<Contestant>& entered() {
  static std::vector<Contestant> list;
  return list;
}

double score(const Run& run) {
  double total = 0;
  for (const double distance : run.remaining()) total += std::log10(distance + 1e-4);
  return total / static_cast<double>(run.distance.size());
}

/// What is drawn of a path.
plot::Values first(const plot::Values& all) {
  return {all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(all.size(), 200))};
}

}  // namespace

Enter::Enter(std::string name, Make make) { entered().push_back({std::move(name), std::move(make)}); }

std::vector<Contestant> contestants() {
  std::vector<Contestant> all;
  for (const std::string& name : optim::class_names())
    all.push_back({name, [name](const Tensor& place, double learning_rate) {
                     return optim::get(name, {place},
                                       fmt::format("{{\"learning_rate\": {}}}", learning_rate));
                   }});
  all.insert(all.end(), entered().begin(), entered().end());
  return all;
}

plot::Values Run::remaining() const {
  plot::Values result = distance;
  for (std::size_t i = result.size() - 1; i > 0; --i) result[i - 1] = std::max(result[i - 1], result[i]);
  return result;
}

std::size_t Run::arrival(double within) const {
  const plot::Values all = remaining();
  return static_cast<std::size_t>(
      std::find_if(all.begin(), all.end(), [&](double value) { return value < within; }) - all.begin());
}

Run run(const Contestant& contestant, const Surface& surface, double learning_rate, int steps) {
  Run result{contestant.name, learning_rate, {}, {}, {}};
  const Tensor place = from_data({surface.start.first, surface.start.second}, {2}).set_requires_grad();
  const auto optimizer = contestant.make(place, learning_rate);
  for (int step = 0;; ++step) {
    const double* const at = place.data<double>();
    result.x.push_back(at[0]);
    result.y.push_back(at[1]);
    result.distance.push_back(surface.distance(at[0], at[1]));
    if (step == steps) return result;
    if (!std::isfinite(result.distance.back()) || result.distance.back() > 1e6) {  // it will not come back
      result.distance.back() = std::numeric_limits<double>::infinity();
      return result;
    }
    optimizer->minimize([&] { return surface.loss(select(place, 0, 0), select(place, 0, 1)); });
  }
}

Run best_run(const Contestant& contestant, const Surface& surface, int steps) {
  Run best;
  for (const double learning_rate : {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1., 2., 5.}) {
    Run candidate = run(contestant, surface, learning_rate, steps);
    if (best.name.empty() || score(candidate) < score(best)) best = std::move(candidate);
  }
  return best;
}

void draw_paths(plot::Axes& axes, const Surface& surface, const std::vector<Run>& runs) {
  constexpr int frames = 36;
  axes.title(surface.name).label("x", "y").contours(surface.value, surface.x, surface.y, surface.levels, 200);
  for (std::size_t k = 0; k < runs.size(); ++k)
    axes.line(first(runs[k].x), first(runs[k].y),
              {.label = runs[k].name, .series = static_cast<int>(k), .width = 1.3, .opacity = 0.8});
  for (std::size_t k = 0; k < runs.size(); ++k) {
    plot::Values x, y;
    for (int frame = 0; frame <= frames; ++frame) {  // the first steps slowly
      const double part = static_cast<double>(frame) / frames;
      const auto step =
          static_cast<std::size_t>(part * part * static_cast<double>(first(runs[k].x).size() - 1));
      x.push_back(runs[k].x[step]);
      y.push_back(runs[k].y[step]);
    }
    axes.moving(x, y, {.series = static_cast<int>(k), .width = 9});
  }
  plot::Values x, y;
  for (const auto& [mx, my] : surface.minima) {
    x.push_back(mx);
    y.push_back(my);
  }
  axes.points({surface.start.first}, {surface.start.second}, {.series = plot::Style::muted, .width = 8});
  axes.points(x, y, {.series = plot::Style::muted, .width = 5});
}

void draw_distances(plot::Axes& axes, const Surface& surface, const std::vector<Run>& runs) {
  constexpr double lowest = 1e-3;
  axes.title(surface.name).label("step", "distance, at most, from here on").log_y().limit_y(lowest, 20);
  for (std::size_t k = 0; k < runs.size(); ++k) {
    plot::Values steps, distance = runs[k].remaining();
    for (double& value : distance) {
      value = std::max(value, lowest / 2);  // what is below the frame
      steps.push_back(static_cast<double>(steps.size()));
    }
    axes.line(steps, distance, {.label = runs[k].name, .series = static_cast<int>(k), .width = 1.5});
  }
}

}  // namespace course
