// Contour lines of a function of two variables.
#pragma once

#include <vector>

#include <taper/train/plot/plot.h>

namespace taper::training::plot {

/// The lines where `function` is `level` in the rectangle, by marching squares: linear interpolation on the
/// edges of `cells` x `cells` squares, the pieces joined. Closed lines end where they begin. Squares with a
/// corner that is not finite are left out.
std::vector<Line> contour(const Function<double(double x, double y)>& function, Range x, Range y,
                          double level, int cells);

}  // namespace taper::training::plot
