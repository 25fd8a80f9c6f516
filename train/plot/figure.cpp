// A figure as SVG: layout, frames, ticks, legends, layers.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include <taper/io/file.h>
#include <taper/tensor/error.h>
#include <taper/train/plot/plot.h>
#include <taper/train/plot/svg.h>
#include <taper/train/plot/ticks.h>

using namespace std::string_literals;

namespace taper::training::plot {
namespace {

constexpr double font = 12, line_height = 17;

constexpr const char* dashes[] = {"", "6 4", "1 4", "8 3 1 3"};

/// An upper estimate: fonts differ.
double text_width(const std::string& text) {
  double characters = 0;
  for (const char c : text) characters += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return 0.58 * font * characters;
}

/// Leaves out points that are within `tolerance` of the line without them (Douglas and Peucker, 1973).
Line simplify(const Line& line, double tolerance) {
  if (line.size() < 3) return line;
  std::vector<bool> kept(line.size());
  kept.front() = kept.back() = true;
  std::vector<std::pair<std::size_t, std::size_t>> open{{0, line.size() - 1}};
  while (!open.empty()) {
    const auto [first, last] = open.back();
    open.pop_back();
    const auto [ax, ay] = line[first];
    const double dx = line[last].first - ax, dy = line[last].second - ay, length = std::hypot(dx, dy);
    double worst = tolerance;
    std::size_t at = 0;
    for (std::size_t i = first + 1; i < last; ++i) {
      const double x = line[i].first - ax, y = line[i].second - ay;
      const double along = length > 0 ? (x * dx + y * dy) / length : -1;
      const double distance = along < 0        ? std::hypot(x, y)
                              : along > length ? std::hypot(x - dx, y - dy)
                                               : std::abs(x * dy - y * dx) / length;
      if (distance > worst) {
        worst = distance;
        at = i;
      }
    }
    if (at == 0) continue;
    kept[at] = true;
    open.emplace_back(first, at);
    open.emplace_back(at, last);
  }
  Line result;
  for (std::size_t i = 0; i < line.size(); ++i)
    if (kept[i]) result.push_back(line[i]);
  return result;
}

std::string text(double x, double y, const std::string& content, const char* rest) {
  return "<text x=\"" + px(x) + "\" y=\"" + px(y) + "\" " + rest + ">" + escape(content) + "</text>\n";
}

std::string color(const Style& style) {
  return style.series < 0 ? "m" : "c"s + std::to_string(style.series % colors);
}

std::string stroke(const Style& style) {
  std::string result = "class=\"l " + color(style) + "\" stroke-width=\"" + px(style.width) + '"';
  if (style.series >= colors)
    result += " stroke-dasharray=\"" + std::string(dashes[style.series / colors % std::size(dashes)]) + '"';
  if (style.opacity < 1) result += " opacity=\"" + number(style.opacity) + '"';
  return result;
}

std::size_t place_of(int row, int column, const FigureOptions& options) {
  return static_cast<std::size_t>(row) * static_cast<std::size_t>(options.columns) +
         static_cast<std::size_t>(column);
}

}  // namespace

/// One figure being drawn.
struct Drawing {
  using Kind = Axes::Kind;

  /// Where a value is in the frame, from its left or bottom.
  static double place(double value, Range range, bool log, double size) {
    if (log) {
      if (value <= 0) return std::nan("");
      return size * std::log(value / range.low) / std::log(range.high / range.low);
    }
    return size * (value - range.low) / (range.high - range.low);
  }

  struct Frame {
    const Axes& axes;
    Range x, y;
    double width, height;
    std::pair<double, double> operator()(const std::pair<double, double>& point) const {
      return {place(point.first, x, axes.x_.log, width),
              height - place(point.second, y, axes.y_.log, height)};
    }
  };

  struct Item {
    Style style;
    Kind kind;
  };
  static void collect(const Axes& axes, std::vector<Item>& items) {
    for (const Axes::Layer& layer : axes.layers_) {
      const auto same = [&](const Item& item) { return item.style.label == layer.style.label; };
      if (layer.kind != Kind::mark && !layer.style.label.empty() &&
          std::none_of(items.begin(), items.end(), same))
        items.push_back({layer.style, layer.kind});
    }
  }
  static double column_width(const std::vector<Item>& items) {
    double widest = 0;
    for (const Item& item : items) widest = std::max(widest, text_width(item.style.label));
    return widest + 44;
  }
  static int legend_rows(const std::vector<Item>& items, double width) {
    if (items.empty()) return 0;
    const int columns = std::max(1, static_cast<int>(width / column_width(items)));
    return (static_cast<int>(items.size()) + columns - 1) / columns;
  }
  static std::string legend(const std::vector<Item>& items, double left, double top, double width) {
    const double column = column_width(items);
    const int rows = legend_rows(items, width);
    std::string svg;
    for (std::size_t i = 0; i < items.size(); ++i) {
      const int index = static_cast<int>(i);
      const int across = index / rows, down = index % rows;
      const double x = left + column * across, y = top + line_height * down;
      const Style& style = items[i].style;
      if (items[i].kind == Kind::line)
        svg += "<path d=\"M" + px(x) + ' ' + px(y) + "h24\" " + stroke(style) + "/>\n";
      else
        svg += "<circle cx=\"" + px(x + 12) + "\" cy=\"" + px(y) + "\" r=\"4\" class=\"d " + color(style) +
               "\"/>\n";
      svg += text(x + 30, y + 4, style.label, "");
    }
    return svg;
  }

  static std::string path(const Frame& frame, const Line& piece) {
    std::string d;
    Line run;
    const auto flush = [&] {
      const Line points = simplify(run, 0.35);
      for (std::size_t i = 0; i < points.size() && points.size() > 1; ++i)
        d += (i == 0 ? 'M' : i == 1 ? 'L' : ' ') + px(points[i].first) + ' ' + px(points[i].second);
      run.clear();
    };
    for (const auto& point : piece) {
      auto [x, y] = frame(point);
      if (std::isfinite(x) && std::isfinite(y)) {
        run.emplace_back(std::clamp(x, -1e4, 1e4), std::clamp(y, -1e4, 1e4));
      } else {
        flush();
      }
    }
    flush();
    return d;
  }

  static std::string draw(const Frame& frame, const Axes::Layer& layer) {
    std::string svg;
    if (layer.kind == Kind::line) {
      std::string d;
      for (const Line& piece : layer.pieces) d += path(frame, piece);
      return d.empty() ? "" : "<path d=\"" + d + "\" " + stroke(layer.style) + "/>\n";
    }
    const Line& points = layer.pieces.front();
    if (layer.kind == Kind::mark) {
      const double x = frame(points.front()).first, width = text_width(layer.style.label);
      const bool left = x + width + 6 > frame.width;
      return "<path d=\"M"s + px(x) + " 0V" + px(frame.height) + "\" stroke-dasharray=\"3 3\" " +
             stroke(layer.style) + "/>\n" +
             text(left ? x - 5 : x + 5, 14, layer.style.label,
                  left ? "class=\"t b\" text-anchor=\"end\"" : "class=\"t b\"");
    }
    const std::string radius = px(layer.style.width / 2), fill = "d " + color(layer.style);
    if (layer.kind == Kind::points) {
      svg += "<g class=\"" + fill + "\" opacity=\"" + number(layer.style.opacity) + "\">\n";
      for (const auto& point : points) {
        const auto [x, y] = frame(point);
        if (std::isfinite(x) && std::isfinite(y))
          svg += "<circle cx=\"" + px(x) + "\" cy=\"" + px(y) + "\" r=\"" + radius + "\"/>";
      }
      return svg + "\n</g>\n";
    }
    std::string xs, ys, last_x, last_y;
    for (const auto& point : points) {
      const auto [x, y] = frame(point);
      if (std::isfinite(x) && std::isfinite(y)) {
        last_x = px(std::clamp(x, -99., frame.width + 99));
        last_y = px(std::clamp(y, -99., frame.height + 99));
      }
      if (last_x.empty()) continue;
      xs += (xs.empty() ? "" : ";") + last_x;
      ys += (ys.empty() ? "" : ";") + last_y;
    }
    if (xs.empty()) return "";
    const auto animate = [&](const char* name, const std::string& values) {
      return "<animate attributeName=\"" + std::string(name) + "\" dur=\"" + number(layer.seconds) +
             "s\" repeatCount=\"indefinite\" values=\"" + values + "\"/>";
    };
    return "<circle class=\"o " + fill + "\" r=\"" + radius + "\" cx=\"" + last_x + "\" cy=\"" + last_y +
           "\">" + animate("cx", xs) + animate("cy", ys) + "</circle>\n";
  }

  /// What a script on the page wants to know.
  static std::string limits(const Frame& frame) {
    char text[80];
    std::snprintf(text, sizeof text, " data-low=\"%.9g\" data-high=\"%.9g\"", frame.x.low, frame.x.high);
    return text;
  }

  static std::string draw(const Frame& frame, const std::vector<Tick>& x_ticks,
                          const std::vector<Tick>& y_ticks, bool embedded) {
    const Axes& axes = frame.axes;
    std::string grid, labels, layers;
    for (const Tick& tick : x_ticks) {
      const double x = place(tick.value, frame.x, axes.x_.log, frame.width);
      grid += "M"s + px(x) + " 0V" + px(frame.height);
      labels += text(x, frame.height + 15, tick.text, "class=\"t\" text-anchor=\"middle\"");
    }
    for (const Tick& tick : y_ticks) {
      const double y = frame.height - place(tick.value, frame.y, axes.y_.log, frame.height);
      grid += "M0 "s + px(y) + "H" + px(frame.width);
      labels += text(-6, y + 4, tick.text, "class=\"t\" text-anchor=\"end\"");
    }
    for (const Axes::Layer& layer : axes.layers_) layers += draw(frame, layer);
    const std::string size = "width=\"" + px(frame.width) + "\" height=\"" + px(frame.height) + '"';
    return "<path class=\"g\" d=\"" + grid + "\"/>\n" + labels + "<svg " + size + ">\n" + layers +
           "</svg>\n<rect class=\"f\" " + size + (embedded ? limits(frame) : "") + "/>\n";
  }

  static std::string draw(const Figure& figure) {
    const FigureOptions& options = figure.options_;
    const double cell = options.width / options.columns;
    std::vector<std::vector<Tick>> x_ticks, y_ticks;
    std::vector<std::vector<Item>> items(figure.axes_.size());
    std::vector<double> left(static_cast<std::size_t>(options.columns), 0);
    std::vector<Item> shared;
    for (std::size_t i = 0; i < figure.axes_.size(); ++i) {
      const Axes& axes = figure.axes_[i];
      const int count = std::max(4, static_cast<int>(cell / 70));
      x_ticks.push_back(ticks(axes.extent(false), axes.x_.log, count));
      y_ticks.push_back(ticks(axes.extent(true), axes.y_.log, 6));
      double widest = 0;
      for (const Tick& tick : y_ticks.back()) widest = std::max(widest, text_width(tick.text));
      double& margin = left[i % static_cast<std::size_t>(options.columns)];
      margin = std::max(margin, widest + 12 + (axes.y_.label.empty() ? 0 : 18));
      if (axes.legend_) collect(axes, options.shared_legend ? shared : items[i]);
    }

    const bool titled = !options.title.empty() && !options.embedded;
    double y = titled ? 34 : 8;
    std::string body;
    if (titled)
      body +=
          text(options.width / 2, 22, options.title, "class=\"h\" font-size=\"15\" text-anchor=\"middle\"");
    for (int row = 0; row < options.rows; ++row) {
      double below = 0;
      bool headed = false;
      for (int column = 0; column < options.columns; ++column) {
        const std::size_t i = place_of(row, column, options);
        const Axes& axes = figure.axes_[i];
        const double margin = left[static_cast<std::size_t>(column)], width = cell - margin - 18;
        below = std::max(below, legend_rows(items[i], width + margin) * line_height +
                                    (items[i].empty() ? 0 : 8) + (axes.x_.label.empty() ? 24 : 42));
        headed = headed || !axes.title_.empty();
      }
      if (headed) y += 22;
      for (int column = 0; column < options.columns; ++column) {
        const std::size_t i = place_of(row, column, options);
        const Axes& axes = figure.axes_[i];
        const double margin = left[static_cast<std::size_t>(column)], width = cell - margin - 18;
        const double height = options.height;
        const Frame frame{axes, axes.extent(false), axes.extent(true), width, height};
        body += "<g transform=\"translate(" + px(cell * column + margin) + ' ' + px(y) + ")\">\n";
        if (!axes.title_.empty())
          body += text(width / 2, -8, axes.title_, "class=\"h\" text-anchor=\"middle\"");
        body += draw(frame, x_ticks[i], y_ticks[i], options.embedded);
        double next = height + 24;
        if (!axes.x_.label.empty()) {
          body += text(width / 2, height + 33, axes.x_.label, "text-anchor=\"middle\"");
          next += 18;
        }
        if (!axes.y_.label.empty())
          body += "<g transform=\"translate(" + px(13 - margin) + ' ' + px(height / 2) + ") rotate(-90)\">" +
                  text(0, 0, axes.y_.label, "text-anchor=\"middle\"") + "</g>\n";
        if (!items[i].empty()) body += legend(items[i], 8 - margin, next + 8, width + margin);
        body += "</g>\n";
      }
      y += options.height + below + 12;
    }
    if (!shared.empty()) {
      const double width = options.width - 24;
      body += legend(shared, 16, y + 8, width);
      y += legend_rows(shared, width) * line_height + 12;
    }
    const std::string size = px(options.width) + ' ' + px(y);
    return "<svg"s + (options.embedded ? "" : " xmlns=\"http://www.w3.org/2000/svg\"") +
           " class=\"plot\" role=\"img\" viewBox=\"0 0 " + size + "\" width=\"" + px(options.width) +
           "\" height=\"" + px(y) + "\">\n<title>" + escape(options.title) + "</title>\n" +
           (options.embedded
                ? ""
                : "<style>\n" + paper_colors() + style_sheet() +
                      "</style>\n<rect width=\"100%\" height=\"100%\" style=\"fill:var(--paper)\"/>\n") +
           body + "</svg>\n";
  }
};

Figure::Figure(FigureOptions options) : options_(std::move(options)) {
  if (options_.rows < 1 || options_.columns < 1)
    throw ValueError("Figure: expected at least one row and one column, got " +
                     std::to_string(options_.rows) + " and " + std::to_string(options_.columns));
  axes_.resize(place_of(options_.rows, 0, options_));
}

Axes& Figure::at(int row, int column) {
  if (row < 0 || row >= options_.rows || column < 0 || column >= options_.columns)
    throw IndexError("Figure::at: expected a row below " + std::to_string(options_.rows) +
                     " and a column below " + std::to_string(options_.columns) + ", got " +
                     std::to_string(row) + " and " + std::to_string(column));
  return axes_[place_of(row, column, options_)];
}

std::string Figure::svg() const { return Drawing::draw(*this); }

void Figure::save(const std::string& path) const {
  const std::string text = svg();
  io::AtomicFile file("Figure::save", path);
  file.write(text.data(), text.size());
  file.commit();
}

}  // namespace taper::training::plot
