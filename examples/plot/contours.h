// Contour lines of a function of two variables.
#pragma once

#include <functional>
#include <vector>

#include <plot/plot.h>

namespace plot {

/// The lines where `function` is `level` in the rectangle, by marching squares: linear interpolation on the
/// edges of `cells` x `cells` squares, the pieces joined. Closed lines end where they begin. Squares with a
/// corner that is not finite are left out.
std::vector<Line> contour(const std::function<double(double, double)>& function, Range x, Range y,
                          double level, int cells);

}  // namespace plot
