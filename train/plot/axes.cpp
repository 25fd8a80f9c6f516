// What axes are told, and the limits that follow from it.
#include <algorithm>
#include <cmath>
#include <limits>

#include <taper/tensor/error.h>
#include <taper/train/plot/contours.h>
#include <taper/train/plot/plot.h>

namespace taper::training::plot {

Axes& Axes::title(std::string text) {
  title_ = std::move(text);
  return *this;
}
Axes& Axes::label(std::string x, std::string y) {
  x_.label = std::move(x);
  y_.label = std::move(y);
  return *this;
}
Axes& Axes::log_x() {
  x_.log = true;
  return *this;
}
Axes& Axes::log_y() {
  y_.log = true;
  return *this;
}
Axes& Axes::limit_x(double low, double high) {
  x_.range = {low, high};
  x_.limited = true;
  return *this;
}
Axes& Axes::limit_y(double low, double high) {
  y_.range = {low, high};
  y_.limited = true;
  return *this;
}
Axes& Axes::no_legend() {
  legend_ = false;
  return *this;
}

Axes& Axes::add(Kind kind, const Values& x, const Values& y, Style style, double seconds) {
  if (x.size() != y.size())
    throw ValueError("plot: expected as many values of x as of y, got " + std::to_string(x.size()) + " and " +
                     std::to_string(y.size()));
  if (style.series == Style::next) style.series = series_;
  if (style.series >= 0) series_ = style.series + 1;
  Line line;
  for (std::size_t i = 0; i < x.size(); ++i) line.emplace_back(x[i], y[i]);
  layers_.push_back({kind, {std::move(line)}, std::move(style), seconds});
  return *this;
}

Axes& Axes::line(const Values& x, const Values& y, Style style) {
  return add(Kind::line, x, y, std::move(style));
}

Axes& Axes::steps(const Values& x, const Values& y, Style style) {
  Values xs, ys;
  for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
    if (i > 0) {
      xs.push_back(x[i]);
      ys.push_back(y[i - 1]);
    }
    xs.push_back(x[i]);
    ys.push_back(y[i]);
  }
  return x.size() == y.size() ? line(xs, ys, std::move(style)) : line(x, y);  // which throws
}

Axes& Axes::points(const Values& x, const Values& y, Style style) {
  return add(Kind::points, x, y, std::move(style));
}

Axes& Axes::moving(const Values& x, const Values& y, Style style, double seconds) {
  return add(Kind::moving, x, y, std::move(style), seconds);
}

Axes& Axes::mark_x(double x, std::string text) {
  return add(Kind::mark, {x}, {0}, {.label = std::move(text), .series = Style::muted, .width = 1});
}

Axes& Axes::contours(const Function<double(double x, double y)>& function, Range x, Range y,
                     const Values& levels, int cells) {
  Layer layer{Kind::line, {}, {.series = Style::muted, .width = 0.8, .opacity = 0.55}};
  for (const double level : levels)
    for (Line& line : contour(function, x, y, level, cells)) layer.pieces.push_back(std::move(line));
  layers_.push_back(std::move(layer));
  return limit_x(x.low, x.high).limit_y(y.low, y.high);
}

Range Axes::extent(bool vertical) const {
  const Axis& axis = vertical ? y_ : x_;
  if (axis.limited) return axis.range;
  Range range{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
  for (const Layer& layer : layers_)
    for (const Line& piece : layer.pieces)
      for (const auto& [x, y] : piece) {
        const double value = vertical ? y : x;
        if (!std::isfinite(value) || (axis.log && value <= 0) || (vertical && layer.kind == Kind::mark))
          continue;
        range = {std::min(range.low, value), std::max(range.high, value)};
      }
  if (range.low > range.high) return axis.log ? Range{1, 10} : Range{0, 1};
  if (range.low == range.high)
    return axis.log ? Range{range.low / 2, range.low * 2} : Range{range.low - 0.5, range.low + 0.5};
  if (!vertical && std::none_of(layers_.begin(), layers_.end(),
                                [](const Layer& layer) { return layer.kind == Kind::points; }))
    return range;  // lines may begin and end at the frame, points would be cut
  if (axis.log) {
    const double margin = std::pow(range.high / range.low, 0.04);
    return {range.low / margin, range.high * margin};
  }
  const double margin = 0.04 * (range.high - range.low);
  return {range.low - margin, range.high + margin};
}

}  // namespace taper::training::plot
