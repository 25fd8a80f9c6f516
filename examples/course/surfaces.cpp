// The surfaces' formulas.
#include "surfaces.h"

#include <algorithm>
#include <cmath>

#include <taper/taper.h>

namespace course {
namespace {

double square(double x) { return x * x; }
using std::exp;
using taper::exp, taper::square;

/// One formula serves numbers and tensors.
template <class Formula>
Surface surface(const char* name, Formula formula, Surface rest) {
  rest.name = name;
  rest.loss = [formula](const taper::Tensor& x, const taper::Tensor& y) -> taper::Tensor {
    return formula(x, y);
  };
  rest.value = [formula](double x, double y) -> double { return formula(x, y); };
  return rest;
}

}  // namespace

double Surface::distance(double px, double py) const {
  double nearest = INFINITY;
  for (const auto& [mx, my] : minima) nearest = std::min(nearest, std::hypot(px - mx, py - my));
  return nearest;
}

const std::vector<Surface>& surfaces() {
  static const std::vector<Surface> all{
      surface("Ravine", [](const auto& x, const auto& y) { return 0.5 * square(x - 1) + 25 * square(y - 1); },
              {.start = {-3, 2},
               .minima = {{1, 1}},
               .x = {-3.5, 2.5},
               .y = {-0.5, 2.5},
               .levels = {0.1, 0.5, 2, 5, 10, 20, 40}}),
      surface("Saddle",
              [](const auto& x, const auto& y) {
                return 0.5 * square(x - 1) - 0.5 * square(y) + 0.25 * square(square(y));
              },
              {.start = {2.5, 0.001},
               .minima = {{1, 1}, {1, -1}},
               .x = {0, 2.8},
               .y = {-1.5, 1.5},
               .levels = {-0.24, -0.2, -0.15, -0.1, -0.05, 0, 0.1, 0.3, 0.6, 1, 1.5}}),
      surface("Beale",
              [](const auto& x, const auto& y) {
                return square(1.5 - x + x * y) + square(2.25 - x + x * square(y)) +
                       square(2.625 - x + x * square(y) * y);
              },
              {.start = {1, 1.5},
               .minima = {{3, 0.5}},
               .x = {-1, 4.5},
               .y = {-1.5, 2},
               .levels = {0.1, 0.5, 1.5, 4, 10, 25, 60, 150}}),
      surface("Rosenbrock",
              [](const auto& x, const auto& y) { return square(1 - x) + 100 * square(y - square(x)); },
              {.start = {-1.2, 1},
               .minima = {{1, 1}},
               .x = {-2, 2},
               .y = {-0.8, 2.2},
               .levels = {1, 4, 15, 50, 150, 400, 1000}}),
      surface(
          "Himmelblau",
          [](const auto& x, const auto& y) { return square(square(x) + y - 11) + square(x + square(y) - 7); },
          {.start = {0, -1},
           .minima = {{3, 2}, {-2.805118, 3.131313}, {-3.779310, -3.283186}, {3.584428, -1.848127}},
           .x = {-5, 5},
           .y = {-5, 5},
           .levels = {2, 10, 30, 60, 100, 150, 220, 350}}),
      surface("Plateau",
              [](const auto& x, const auto& y) { return 1 - exp(-0.5 * (square(x - 1) + square(y - 1))); },
              {.start = {-2.2, 3},
               .minima = {{1, 1}},
               .x = {-3, 3},
               .y = {-0.5, 4},
               .levels = {0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 0.99, 0.999}}),
  };
  return all;
}

}  // namespace course
