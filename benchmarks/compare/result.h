// Results: the times of one workload, and how they are shown.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "contender.h"
#include "limits.h"
#include "workload.h"

namespace comparison {

/// Seconds: the middle, and the quartiles.
struct Times {
  double median = 0, low = 0, high = 0;
};

struct Entry {
  std::string contender;
  Times times;
};

struct Result {
  Workload workload;
  double limit = 0;            // the shortest possible time; 0 if unknown
  std::vector<Entry> entries;  // of those who do the work, Taper first
  const Times& taper() const { return entries.front().times; }
  /// The contender's time by Taper's: above 1, Taper is faster. 0 if it does not do the work.
  double ratio(const std::string& contender) const;
  /// The same of the fastest other contender.
  double best_ratio() const;
};

/// The geometric mean of the ratios to a contender, or to the best one ("best"); 0 if there are none.
double mean_ratio(const std::vector<Result>& results, const std::string& contender);

/// "1.23 us"
std::string shown(double seconds);

// A table for each group; its columns are the contenders of its first result.
void print_header(const Result& first);
void print_row(const Result& first, const Result& result);
void print_means(const std::vector<Result>& group);

nlohmann::json to_json(const Result& result);

/// Bars of ratios on a logarithmic axis: a row for each network and expression, and for each group of
/// kernels.
std::string chart(const std::vector<Result>& results, const std::string& title);

}  // namespace comparison
