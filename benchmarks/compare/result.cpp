// The table, and JSON.
#include "result.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace comparison {

double Result::ratio(const std::string& contender) const {
  for (const Entry& entry : entries)
    if (entry.contender == contender) return entry.times.median / taper().median;
  return 0;
}

double Result::best_ratio() const {
  double best = 0;
  for (const Entry& entry : entries) {
    const double own = entry.times.median / taper().median;
    if (&entry != &entries.front() && (best == 0 || own < best)) best = own;
  }
  return best;
}

double mean_ratio(const std::vector<Result>& results, const std::string& contender) {
  double sum = 0;
  int count = 0;
  for (const Result& result : results) {
    const double ratio = contender == "best" ? result.best_ratio() : result.ratio(contender);
    if (ratio > 0) sum += std::log(ratio), ++count;
  }
  return count == 0 ? 0 : std::exp(sum / count);
}

std::string shown(double seconds) {
  for (const auto& [unit, size] : {std::pair{"ns", 1e-9}, {"us", 1e-6}, {"ms", 1e-3}})
    if (seconds < 1000 * size) return fmt::format("{:.3g} {}", seconds / size, unit);
  return fmt::format("{:.3g} s", seconds);
}

namespace {

std::string ratio_text(double ratio) { return ratio > 0 ? fmt::format("{:.2f}x", ratio) : "-"; }

/// The ratios to the contenders of `first`, and to the best.
void print_ratios(const Result& first, double best, const auto& ratio) {
  for (std::size_t i = 1; i < first.entries.size(); ++i)
    fmt::print("{:>11}", ratio_text(ratio(first.entries[i].contender)));
  fmt::print("{:>11}\n", ratio_text(best));
  std::fflush(stdout);
}

}  // namespace

void print_header(const Result& first) {
  fmt::print("\n{:46}{:>10}{:>22}{:>9}{:>10}", first.workload.group, "taper", "quartiles", "of limit",
             "GFLOP/s");
  for (std::size_t i = 1; i < first.entries.size(); ++i) fmt::print("{:>11}", first.entries[i].contender);
  fmt::print("{:>11}\n", "best peer");
}

void print_row(const Result& first, const Result& result) {
  const Times& own = result.taper();
  const double operations = result.workload.needs.operations;
  const bool counted = operations > 0 && !std::holds_alternative<Elementwise>(result.workload.work);
  fmt::print("{:46}{:>10}{:>22}{:>9}{:>10}", result.workload.name, shown(own.median),
             fmt::format("{} - {}", shown(own.low), shown(own.high)),
             result.limit > 0 ? fmt::format("{:.2f}", result.limit / own.median) : "-",
             counted ? fmt::format("{:.1f}", operations / own.median * 1e-9) : "-");
  print_ratios(first, result.best_ratio(), [&](const std::string& name) { return result.ratio(name); });
}

void print_means(const std::vector<Result>& group) {
  double fractions = 0;
  int limited = 0;
  for (const Result& result : group)
    if (result.limit > 0) fractions += std::log(result.limit / result.taper().median), ++limited;
  fmt::print("{:78}{:>9}{:>10}", "geometric mean",
             limited > 0 ? fmt::format("{:.2f}", std::exp(fractions / limited)) : "-", "");
  print_ratios(group.front(), mean_ratio(group, "best"),
               [&](const std::string& name) { return mean_ratio(group, name); });
}

nlohmann::json to_json(const Result& result) {
  nlohmann::json times, ratios;
  for (const Entry& entry : result.entries) {
    const Times& t = entry.times;
    times[entry.contender] = {{"median", t.median}, {"low", t.low}, {"high", t.high}};
    if (&entry != &result.entries.front()) ratios[entry.contender] = result.ratio(entry.contender);
  }
  return {{"group", result.workload.group},
          {"name", result.workload.name},
          {"seconds", times},
          {"ratios", ratios},
          {"limit", result.limit},
          {"best_ratio", result.best_ratio()}};
}

}  // namespace comparison
