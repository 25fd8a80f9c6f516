// The chart: SVG, readable on light and dark.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "result.h"

namespace comparison {
namespace {

struct Row {
  std::string name;
  std::vector<std::pair<std::string, double>> ratios;  // contender, ratio
};

std::vector<std::string> contenders_in(const std::vector<Result>& results) {
  std::vector<std::string> names;
  for (const Result& result : results)
    for (const Entry& entry : result.entries)
      if (entry.contender != "taper" && std::find(names.begin(), names.end(), entry.contender) == names.end())
        names.push_back(entry.contender);
  return names;
}

std::vector<Row> rows_of(const std::vector<Result>& results, const std::vector<std::string>& contenders) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < results.size();) {
    std::vector<Result> members{results[i++]};
    const std::string group = members[0].workload.group;
    const bool single = group == "training" || group == "overhead";
    while (!single && i < results.size() && results[i].workload.group == group)
      members.push_back(results[i++]);
    Row row{single ? members[0].workload.name : fmt::format("{} ({} cases)", group, members.size()), {}};
    for (const std::string& name : contenders)
      if (const double ratio = mean_ratio(members, name); ratio > 0) row.ratios.emplace_back(name, ratio);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) result += c == '&' ? "&amp;" : c == '<' ? "&lt;" : std::string(1, c);
  return result;
}

}  // namespace

std::string chart(const std::vector<Result>& results, const std::string& title) {
  constexpr const char* colours[] = {"#4477aa", "#ee6677", "#228833", "#ccbb44",
                                     "#66ccee", "#aa3377", "#999999"};
  constexpr double left = 330, width = 560, bar = 11, gap = 12, top = 92;
  const std::vector<std::string> contenders = contenders_in(results);
  const std::vector<Row> rows = rows_of(results, contenders);
  double low = 0.5, high = 2, height = 0;
  for (const Row& row : rows) {
    height += gap + bar * static_cast<double>(row.ratios.size());
    for (const auto& [name, ratio] : row.ratios) low = std::min(low, ratio), high = std::max(high, ratio);
  }
  low = std::exp2(std::floor(std::log2(low))), high = std::exp2(std::ceil(std::log2(high)));
  const auto x_of = [&](double ratio) { return left + width * std::log(ratio / low) / std::log(high / low); };

  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:.0f} {:.0f}\" font-family=\"sans-serif\" "
      "font-size=\"12\">\n<style>text {{ fill: #222 }} .grid {{ stroke: #8884 }} .one {{ stroke: #888 }}\n"
      "@media (prefers-color-scheme: dark) {{ text {{ fill: #ddd }} }}</style>\n"
      "<text x=\"10\" y=\"22\" font-size=\"16\">{}</text>\n"
      "<text x=\"10\" y=\"42\">time of the contender / time of Taper; above 1, Taper is faster</text>\n",
      left + width + 60, top + height + 20, escaped(title));
  for (std::size_t i = 0; i < contenders.size(); ++i) {
    const double x = 10 + 120 * static_cast<double>(i);
    svg += fmt::format(
        "<rect x=\"{:.0f}\" y=\"54\" width=\"11\" height=\"11\" fill=\"{}\"/><text x=\"{:.0f}\" "
        "y=\"64\">{}</text>\n",
        x, colours[i % std::size(colours)], x + 16, escaped(contenders[i]));
  }
  for (double tick = low; tick <= high * 1.01; tick *= 2)
    svg += fmt::format(
        "<line class=\"{}\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.0f}\" y2=\"{:.0f}\"/><text x=\"{:.1f}\" "
        "y=\"{:.0f}\" text-anchor=\"middle\">{:g}</text>\n",
        tick == 1 ? "one" : "grid", x_of(tick), x_of(tick), top, top + height, x_of(tick), top - 6, tick);
  double y = top + gap / 2;
  for (const Row& row : rows) {
    const double rows_height = bar * static_cast<double>(row.ratios.size());
    svg += fmt::format("<text x=\"{:.0f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n", left - 8,
                       y + rows_height / 2 + 4, escaped(row.name));
    for (const auto& [name, ratio] : row.ratios) {
      const auto i = static_cast<std::size_t>(std::find(contenders.begin(), contenders.end(), name) -
                                              contenders.begin());
      const double from = std::min(x_of(1), x_of(ratio)), to = std::max(x_of(1), x_of(ratio));
      svg += fmt::format(
          "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.0f}\" fill=\"{}\"/><text "
          "x=\"{:.1f}\" "
          "y=\"{:.1f}\" font-size=\"10\">{:.2f}</text>\n",
          from, y, std::max(to - from, 0.5), bar - 1, colours[i % std::size(colours)], to + 3, y + bar - 2,
          ratio);
      y += bar;
    }
    y += gap;
  }
  return svg + "</svg>\n";
}

}  // namespace comparison
