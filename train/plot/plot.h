// Plots as SVG: lines, points, contour lines, moving dots; for light and dark pages. Needs no library.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <taper/tensor/function.h>

/// A figure is a grid of axes; each keeps what is drawn in it until svg() is called:
///
///     training::plot::Figure figure({.title = "Training"});
///     figure.at(0, 0).label("epoch", "loss").log_y().line(epochs, losses, {.label = "Adam"});
///     figure.save("loss.svg");
///
/// Everything is drawn inside the frame of its axes, legends stand below: nothing overlaps. Colors come from
/// a palette with a light and a dark form, which the viewer's `prefers-color-scheme` chooses.
namespace taper::training::plot {

using Values = std::vector<double>;
using Line = std::vector<std::pair<double, double>>;
struct Range {
  double low, high;
};

/// How one series looks. Series have numbers: eight colors, then the same dashed, dotted, dash-dotted.
struct Style {
  static constexpr int next = -1, muted = -2;
  std::string label = {};  ///< in the legend, if not empty
  int series = next;       ///< by number; next: one more than the last; muted: the color of the axes
  double width = 1.8;      ///< of the line, or the diameter of the points
  double opacity = 1;
};

/// One pair of axes. Points that are not finite, or not positive on a logarithmic axis, interrupt a line.
class Axes {
 public:
  Axes& title(std::string text);
  Axes& label(std::string x, std::string y);
  Axes& log_x();
  Axes& log_y();
  /// Limits; without, those of the data.
  Axes& limit_x(double low, double high);
  Axes& limit_y(double low, double high);
  /// Leaves out this one's legend: another one's serves.
  Axes& no_legend();

  /// x and y need equal lengths: ValueError otherwise.
  Axes& line(const Values& x, const Values& y, Style style = {});
  /// Holds each y until the next x.
  Axes& steps(const Values& x, const Values& y, Style style = {});
  Axes& points(const Values& x, const Values& y, Style style = {.width = 5});
  /// Where the function, of a rectangle, has one of these values; found on `cells` x `cells` squares.
  Axes& contours(const Function<double(double x, double y)>& function, Range x, Range y, const Values& levels,
                 int cells = 120);
  /// A dot that is at (x[i], y[i]) in frame i, again and again; all last as long. Pictures that do not move
  /// show its end.
  Axes& moving(const Values& x, const Values& y, Style style = {.width = 9}, double seconds = 8);
  /// A vertical line through the whole height, with a text beside its top.
  Axes& mark_x(double x, std::string text);

 private:
  friend struct Drawing;
  enum class Kind { line, points, moving, mark };
  struct Layer {
    Kind kind;
    std::vector<Line> pieces;
    Style style;
    double seconds = 0;
  };
  struct Axis {
    std::string label;
    bool log = false, limited = false;
    Range range{0, 1};
  };
  Axes& add(Kind kind, const Values& x, const Values& y, Style style, double seconds = 0);
  Range extent(bool vertical) const;

  std::string title_;
  Axis x_, y_;
  bool legend_ = true;
  int series_ = 0;
  std::vector<Layer> layers_;
};

struct FigureOptions {
  int rows = 1, columns = 1;
  double width = 760;   ///< of the whole
  double height = 300;  ///< of each frame
  std::string title = {};
  bool shared_legend = false;  ///< one for all axes, below all
  /// For a page that has style_sheet() once, and gives the colors --paper, --ink, --soft and --grid.
  bool embedded = false;
};

class Figure {
 public:
  /// Throws ValueError unless there are rows and columns.
  explicit Figure(FigureOptions options = {});
  /// Throws IndexError.
  Axes& at(int row, int column);
  std::string svg() const;
  /// Creates or replaces the file, atomically. Throws IoError if it cannot be written.
  void save(const std::string& path) const;

 private:
  friend struct Drawing;
  FigureOptions options_;
  std::vector<Axes> axes_;
};

}  // namespace taper::training::plot
