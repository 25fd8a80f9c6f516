// Marching squares.
#include <cmath>
#include <cstddef>
#include <map>
#include <set>

#include <taper/train/plot/contours.h>

namespace taper::training::plot {
namespace {

// An edge of the grid: 2 * (its lower left node) + (1 if vertical).
using Edge = std::size_t;

/// The pieces joined: each edge is met by at most two.
std::vector<Line> join(const std::vector<std::pair<Edge, Edge>>& pieces,
                       const std::map<Edge, std::pair<double, double>>& place) {
  std::map<Edge, std::set<std::size_t>> at;  // pieces that are not used yet
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    at[pieces[i].first].insert(i);
    at[pieces[i].second].insert(i);
  }
  const auto follow = [&](Edge edge) {
    Line line{place.at(edge)};
    while (!at[edge].empty()) {
      const std::size_t piece = *at[edge].begin();
      const Edge other = pieces[piece].first == edge ? pieces[piece].second : pieces[piece].first;
      at[edge].erase(piece);
      at[other].erase(piece);
      line.push_back(place.at(other));
      edge = other;
    }
    return line;
  };
  std::vector<Line> lines;
  for (const bool open : {true, false})  // open lines from their ends first
    for (const auto& [edge, position] : place)
      if (open ? at[edge].size() == 1 : !at[edge].empty()) lines.push_back(follow(edge));
  return lines;
}

}  // namespace

std::vector<Line> contour(const Function<double(double x, double y)>& function, Range x, Range y,
                          double level, int cells) {
  const auto n = static_cast<std::size_t>(cells), width = n + 1;
  const auto position = [cells](Range range, std::size_t i) {
    return range.low + (range.high - range.low) * static_cast<double>(i) / cells;
  };
  std::vector<double> value(width * width);
  for (std::size_t j = 0; j < width; ++j)
    for (std::size_t i = 0; i < width; ++i)
      value[j * width + i] = function(position(x, i), position(y, j)) - level;

  std::vector<std::pair<Edge, Edge>> pieces;
  std::map<Edge, std::pair<double, double>> place;
  for (std::size_t j = 0; j < n; ++j)
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t node = j * width + i;
      std::vector<Edge> crossed;
      bool finite = true;
      const auto meet = [&](std::size_t from, std::size_t to, bool vertical) {
        const double a = value[from], b = value[to];
        finite = finite && std::isfinite(a) && std::isfinite(b);
        if ((a < 0) == (b < 0)) return;
        const Edge edge = 2 * from + vertical;
        const double part = a / (a - b), px = position(x, from % width), py = position(y, from / width);
        place[edge] = vertical ? std::pair(px, py + part * (y.high - y.low) / cells)
                               : std::pair(px + part * (x.high - x.low) / cells, py);
        crossed.push_back(edge);
      };
      // Around the square, so that of four crossings neighbors belong together.
      meet(node, node + 1, false);
      meet(node + 1, node + 1 + width, true);
      meet(node + width, node + width + 1, false);
      meet(node, node + width, true);
      for (std::size_t k = 0; finite && k + 1 < crossed.size(); k += 2)
        pieces.emplace_back(crossed[k], crossed[k + 1]);
    }
  return join(pieces, place);
}

}  // namespace taper::training::plot
