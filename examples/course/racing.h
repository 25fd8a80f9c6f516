// Racing: who runs, and how.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "surfaces.h"
#include <taper/optim/optimizer.h>

namespace course {

using Make =
    std::function<std::unique_ptr<taper::optim::Optimizer>(const taper::Tensor& place, double learning_rate)>;
struct Contestant {
  std::string name;
  Make make;
};

/// All optimizers of the library, and those that were entered.
std::vector<Contestant> contestants();

/// `const Enter entered = Enter::by_class<Mine>("Mine");` in any file here enters an optimizer: see
/// ada_belief.cpp.
struct Enter {
  Enter(std::string name, Make make);
  /// For a class whose options have a learning rate.
  template <class Optimizer, class Options = taper::optim::OptimizerOptions>
  static Enter by_class(std::string name) {
    return {std::move(name), [](const taper::Tensor& place, double learning_rate) {
              return std::make_unique<Optimizer>(taper::optim::Parameters{place},
                                                 Options{.learning_rate = learning_rate});
            }};
  }
};

struct Run {
  std::string name;
  double learning_rate = 0;
  plot::Values x, y, distance;  ///< before the first step and after each

  /// The largest distance from each step on.
  plot::Values remaining() const;
  /// The first step after which the distance stays below; one more than there are steps if never.
  std::size_t arrival(double within) const;
};

Run run(const Contestant& contestant, const Surface& surface, double learning_rate, int steps);
/// With the learning rate, of 0.001, 0.002, 0.005, 0.01 up to 5, that keeps the mean logarithm of the
/// distance least.
Run best_run(const Contestant& contestant, const Surface& surface, int steps);

/// The paths of several runs on one surface, 200 steps, with moving dots; a large dot at the start, small
/// ones at minima.
void draw_paths(plot::Axes& axes, const Surface& surface, const std::vector<Run>& runs);
/// What remaining() gives for each.
void draw_distances(plot::Axes& axes, const Surface& surface, const std::vector<Run>& runs);

}  // namespace course
