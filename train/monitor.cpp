// Monitor: which way is better.
#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include <taper/tensor/error.h>
#include <taper/train/monitor.h>
#include <taper/train/trainer.h>

namespace taper::training {
namespace {

bool is_larger_better(const char* function, const std::string& name, const std::string& mode) {
  if (mode == "min") return false;
  if (mode == "max") return true;
  if (mode != "auto")
    throw ValueError(
        fmt::format("{}: expected the mode \"min\", \"max\" or \"auto\", got \"{}\"", function, mode));
  const std::string_view bare = std::string_view(name).substr(name.starts_with("val_") ? 4 : 0);
  const auto has = [&](std::string_view part) { return bare.find(part) != std::string_view::npos; };
  constexpr std::array smaller{"loss", "error", "perplexity"};
  constexpr std::array larger{"accuracy", "auc", "precision", "recall", "f1", "iou", "r2"};
  if (std::any_of(smaller.begin(), smaller.end(), has) || bare == "mae" || bare == "mse" || bare == "rmse")
    return false;
  if (std::any_of(larger.begin(), larger.end(), has)) return true;
  throw ValueError(fmt::format(
      "{}: whether a larger '{}' is better does not follow from its name; expected the mode \"min\" "
      "or \"max\", got \"auto\"",
      function, name));
}

}  // namespace

Monitor::Monitor(const char* function, std::string name, const std::string& mode, double min_delta)
    : function_(function),
      name_(std::move(name)),
      larger_(is_larger_better(function, name_, mode)),
      min_delta_(std::abs(min_delta)) {}

bool Monitor::skips(const Trainer& trainer) const {
  return name_.starts_with("val_") && trainer.skips_validation(trainer.epoch());
}

double Monitor::value(const Logs& logs) const {
  std::string names;
  for (const auto& [key, value] : logs) {
    if (key == name_) return value;
    names += (names.empty() ? "" : ", ") + key;
  }
  throw ValueError(fmt::format("{}: expected a value called '{}' in the logs, got {}{}", function_, name_,
                               names.empty() ? "none" : names,
                               name_.starts_with("val_") ? "; is there validation data?" : ""));
}

bool Monitor::improves(double value, std::optional<double> best) const {
  if (std::isnan(value)) return false;
  if (!best || std::isnan(*best)) return true;
  return larger_ ? value - min_delta_ > *best : value + min_delta_ < *best;
}

}  // namespace taper::training
