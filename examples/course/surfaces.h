// Surfaces: functions of two variables on which optimizers race.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <taper/tensor/tensor.h>
#include <taper/train/plot/plot.h>

namespace course {

namespace plot = taper::training::plot;

struct Surface {
  std::string name = {};
  std::function<taper::Tensor(const taper::Tensor& x, const taper::Tensor& y)> loss = {};
  std::function<double(double x, double y)> value = {};  ///< the same
  std::pair<double, double> start;
  std::vector<std::pair<double, double>> minima = {};
  plot::Range x, y;  ///< to be shown
  plot::Values levels;

  /// From the nearest minimum.
  double distance(double x, double y) const;
};

/// A ravine, a saddle, Beale's, Rosenbrock's, Himmelblau's and a plateau function.
const std::vector<Surface>& surfaces();

}  // namespace course
