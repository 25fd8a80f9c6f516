// What several schedules share.
#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include <taper/optim/schedules/anneal.h>
#include <taper/tensor/error.h>

namespace taper::optim {

double anneal(const std::string& strategy, double start, double end, double passed) {
  if (strategy == "linear") return (end - start) * passed + start;
  return end + (start - end) / 2 * (std::cos(std::numbers::pi * passed) + 1);
}

void check_choice(const char* owner, const char* option, const std::string& value,
                  std::initializer_list<const char*> choices) {
  if (std::find(choices.begin(), choices.end(), value) != choices.end()) return;
  std::string known;
  for (const char* const each : choices) known += fmt::format("{}\"{}\"", known.empty() ? "" : ", ", each);
  throw ValueError(fmt::format("{}: {} must be one of {}, got \"{}\"", owner, option, known, value));
}

void check_ascending(const char* owner, const char* option, const std::vector<double>& values, bool equal) {
  for (std::size_t i = 1; i < values.size(); ++i)
    if (!(values[i - 1] < values[i] || (equal && values[i - 1] == values[i])))
      throw ValueError(
          fmt::format("{}: {} must be ascending, got {} after {}", owner, option, values[i], values[i - 1]));
}

}  // namespace taper::optim
