// Local optima and saddle points: critical points of small networks, and ways out of a saddle.
#include <cmath>
#include <functional>

#include "eigenvalues.h"
#include "ideas.h"
#include "racing.h"
#include <taper/taper.h>

using namespace taper;

namespace course {
namespace {

/// A network of 2 inputs, `hidden` tanh units and one output, whose parameters lie in one vector; it learns
/// XOR-like values at 16 points. A little weight decay keeps its critical points finite and apart.
struct Problem {
  std::int64_t hidden;
  Tensor x, y;
  std::int64_t size() const { return 4 * hidden + 1; }

  Tensor loss(const Tensor& w) const {
    const Tensor weight = reshape(slice(w, 0, 0, 2 * hidden), {2, hidden}),
                 bias = slice(w, 0, 2 * hidden, 3 * hidden),
                 out = reshape(slice(w, 0, 3 * hidden, 4 * hidden), {hidden, 1}),
                 last = slice(w, 0, 4 * hidden, 4 * hidden + 1);
    return mean(square(matmul(tanh(matmul(x, weight) + bias), out) + last - y)) + 1e-3 * sum(square(w));
  }
};

Problem make_problem(std::int64_t hidden) {
  Generator generator(7);
  const Tensor x = uniform({16, 2}, -1, 1, float64, generator);
  const Tensor product = select(x, 1, 0) * select(x, 1, 1);
  return {hidden, x, reshape(2 * product + 0.3 * normal({16}, 0, 1, float64, generator), {16, 1})};
}

struct Curvature {
  double loss;
  std::vector<double> gradient, hessian;
};

/// The Hessian row by row: the gradients of the elements of the gradient.
Curvature curvature(const Problem& problem, const Tensor& w) {
  const Tensor loss = problem.loss(w);
  const Tensor gradient = grad({loss}, {w}, {}, {.create_graph = true})[0];
  Curvature result{loss.item<double>(), gradient.detach().to_vector<double>(), {}};
  for (std::int64_t i = 0; i < problem.size(); ++i) {
    const auto row = grad({select(gradient, 0, i)}, {w}, {}, {.retain_graph = true})[0].to_vector<double>();
    result.hessian.insert(result.hessian.end(), row.begin(), row.end());
  }
  return result;
}

double norm(const std::vector<double>& x) {
  double total = 0;
  for (const double value : x) total += value * value;
  return std::sqrt(total);
}

double correlation(const std::vector<double>& x, const std::vector<double>& y) {
  const auto n = static_cast<double>(x.size());
  double sx = 0, sy = 0, sxx = 0, sxy = 0, syy = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    sx += x[i], sy += y[i], sxx += x[i] * x[i], sxy += x[i] * y[i], syy += y[i] * y[i];
  return (n * sxy - sx * sy) / std::sqrt((n * sxx - sx * sx) * (n * syy - sy * sy));
}

struct Critical {
  std::vector<double> place;
  double loss, gradient;
  Eigen eigen;
  int negative() const {
    return static_cast<int>(
        std::count_if(eigen.values.begin(), eigen.values.end(), [](double value) { return value < -1e-6; }));
  }
};

/// From a random place to where the gradient vanishes: steps that make the gradient smaller, not the loss, so
/// that saddles attract as minima do. Levenberg and Marquardt's, -H (H² + lambda)^-1 gradient, by
/// eigenvectors.
Critical find_critical(const Problem& problem, std::vector<double> place) {
  const auto n = static_cast<std::size_t>(problem.size());
  const auto at = [&](const std::vector<double>& where) {
    return curvature(problem, from_data(where, {problem.size()}).set_requires_grad());
  };
  Curvature here = at(place);
  double lambda = 1e-2;
  for (int step = 0; step < 150 && norm(here.gradient) > 1e-10 && lambda < 1e8; ++step) {
    const Eigen eigen = eigen_symmetric(here.hessian, n);
    for (bool better = false; !better && lambda < 1e8;) {
      std::vector<double> next = place;
      for (std::size_t i = 0; i < n; ++i) {
        const double* const direction = &eigen.vectors[i * n];
        double along = 0;
        for (std::size_t k = 0; k < n; ++k) along += direction[k] * here.gradient[k];
        const double value = eigen.values[i], length = -value * along / (value * value + lambda);
        for (std::size_t k = 0; k < n; ++k) next[k] += length * direction[k];
      }
      Curvature there = at(next);
      better = norm(there.gradient) < norm(here.gradient);
      lambda *= better ? 0.2 : 5;
      if (better) {
        here = std::move(there);
        place = std::move(next);
      }
    }
  }
  return {place, here.loss, norm(here.gradient), eigen_symmetric(here.hessian, n)};
}

/// Lets four optimizers start near a saddle; their losses step by step.
void leave(plot::Axes& axes, Report& report, const std::string& what,
           const std::function<Tensor(const Tensor&)>& loss, const std::vector<double>& saddle,
           const std::vector<double>& start, int steps) {
  const Make makes[] = {
      [](const Tensor& w, double rate) {
        return std::make_unique<optim::SGD>(optim::Parameters{w}, optim::SGDOptions{.learning_rate = rate});
      },
      [](const Tensor& w, double rate) {
        return std::make_unique<optim::Momentum>(optim::Parameters{w},
                                                 optim::MomentumOptions{.learning_rate = rate});
      },
      [](const Tensor& w, double rate) {
        return std::make_unique<optim::RMSprop>(optim::Parameters{w},
                                                optim::RMSpropOptions{.learning_rate = rate});
      },
      [](const Tensor& w, double rate) {
        return std::make_unique<optim::Adam>(optim::Parameters{w}, optim::AdamOptions{.learning_rate = rate});
      }};
  const char* const names[] = {"plain descent", "momentum 0.9", "RMSprop", "Adam"};
  plot::Values left;
  for (std::size_t k = 0; k < std::size(makes); ++k) {
    const Tensor w = from_data(start, {static_cast<std::int64_t>(start.size())}).set_requires_grad();
    const auto optimizer = makes[k](w, 0.01);
    plot::Values t, distances;
    double leaves = INFINITY;
    for (int step = 0; step <= steps; ++step) {
      std::vector<double> away = w.detach().to_vector<double>();
      for (std::size_t i = 0; i < away.size(); ++i) away[i] -= saddle[i];
      t.push_back(step);
      distances.push_back(norm(away));
      if (norm(away) > 0.01 && std::isinf(leaves)) leaves = step;
      optimizer->minimize([&] { return loss(w); });
    }
    axes.line(t, distances, {.label = names[k]});
    report.say(
        "{}: {:<14} is more than 0.01 away {}", what, names[k],
        std::isinf(leaves) ? fmt::format("not in {} steps", steps) : fmt::format("after {} steps", leaves));
    left.push_back(leaves);
  }
  report.claim(left[0] > 3 * left[1] && left[1] > left[3] && left[3] < 20,
               "{}: plain descent is still within 0.01 of the saddle after {} steps, when momentum has left "
               "it, and Adam long ago",
               what, left[1]);
}

}  // namespace

void saddles(Report& report) {
  const std::vector<std::int64_t> sizes =
      report.options.quick ? std::vector<std::int64_t>{1, 3} : std::vector<std::int64_t>{1, 2, 3, 4, 6};
  report.say("Predicting the mean everywhere has the loss {:.3f}.",
             var(make_problem(1).y, {}, false, 0).item<double>());
  const int starts = report.choose(60, 15);
  plot::Figure figure(
      {.columns = 2, .width = 860, .title = "Critical points of networks with one hidden layer"});
  plot::Values parameters, part;
  plot::Axes& index = figure.at(0, 1).label("part of the eigenvalues that is negative", "loss");
  report.say("hidden  parameters  found  minima  saddles  negative eigenvalues");
  int all_found = 0, all_saddles = 0;
  plot::Values all_indices, all_losses;
  Critical one;
  Problem problem_of_one = make_problem(1);
  for (const std::int64_t hidden : sizes) {
    const Problem problem = make_problem(hidden);
    const auto n = static_cast<double>(problem.size());
    Generator generator(report.options.seed);
    int found = 0, saddle_count = 0, most = 0;
    plot::Values indices, losses;
    for (int start = 0; start < starts; ++start) {
      Critical critical =
          find_critical(problem, normal({problem.size()}, 0, 1, float64, generator).to_vector<double>());
      if (critical.gradient > 1e-8) continue;
      ++found;
      const int negative = critical.negative();
      saddle_count += negative > 0;
      most = std::max(most, negative);
      indices.push_back(negative / n);
      losses.push_back(critical.loss);
      if (hidden == 3 && negative > 0 && one.place.empty()) {
        one = std::move(critical);
        problem_of_one = problem;
      }
    }
    all_found += found;
    all_saddles += saddle_count;
    all_indices.insert(all_indices.end(), indices.begin(), indices.end());
    all_losses.insert(all_losses.end(), losses.begin(), losses.end());
    parameters.push_back(n);
    part.push_back(100. * saddle_count / std::max(found, 1));
    index.points(indices, losses,
                 {.label = fmt::format("{} parameters", problem.size()), .width = 5, .opacity = 0.7});
    report.say("{:<7} {:<11} {:<6} {:<7} {:<8} up to {}", hidden, problem.size(), found, found - saddle_count,
               saddle_count, most);
  }
  figure.at(0, 0)
      .label("parameters", "saddles in % of critical points")
      .limit_y(0, 105)
      .line(parameters, part)
      .points(parameters, part, {.series = 0, .width = 7});
  report.claim(all_saddles > 0.9 * all_found, "{} of {} critical points are saddles", all_saddles, all_found);
  const double together = correlation(all_indices, all_losses);
  report.claim(together > 0.5, "the more negative eigenvalues, the larger the loss: correlation {:.2f}",
               together);
  report.draw("saddles", figure);
  plot::Figure escape(
      {.columns = 2, .width = 860, .title = "Leaving a saddle, learning rate 0.01", .shared_legend = true});
  const Surface& surface = surfaces()[1];
  plot::Axes& simple = escape.at(0, 0)
                           .title("The surface, from 0.0001 beside its saddle")
                           .label("step", "distance from the saddle")
                           .log_y();
  leave(
      simple, report, "surface",
      [&](const Tensor& w) { return surface.loss(select(w, 0, 0), select(w, 0, 1)); }, {1, 0}, {1, 1e-4},
      700);
  if (!one.place.empty()) {
    std::vector<double> start = one.place;
    for (std::size_t i = 0; i < start.size(); ++i)
      start[i] += 1e-4 * one.eigen.vectors[i];  // along the steepest way down
    report.say("A saddle of the network with 3 hidden units: eigenvalues {:.3f} to {:.3f}, {} of {} negative",
               one.eigen.values.front(), one.eigen.values.back(), one.negative(), start.size());
    plot::Axes& network = escape.at(0, 1)
                              .title("The network, from 0.0001 beside a saddle")
                              .label("step", "distance from the saddle")
                              .log_y();
    leave(
        network, report, "network", [&](const Tensor& w) { return problem_of_one.loss(w); }, one.place, start,
        3000);
  }
  report.draw("saddles-leave", escape);
}

}  // namespace course
