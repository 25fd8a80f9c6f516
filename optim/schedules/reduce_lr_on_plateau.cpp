// ReduceLROnPlateau: the order of the steps is that of Keras's callback.
#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <taper/optim/optimizer.h>
#include <taper/optim/schedules/reduce_lr_on_plateau.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

namespace taper::optim {

Fields fields(ReduceLROnPlateauOptions& options) {
  return {{"factor", &options.factor, range::fraction},
          {"patience", &options.patience, range::not_negative},
          {"mode", &options.mode},
          {"min_delta", &options.min_delta, range::not_negative},
          {"cooldown", &options.cooldown, range::not_negative},
          {"min_lr", &options.min_lr, range::not_negative}};
}

ReduceLROnPlateau::ReduceLROnPlateau(const Options& options) : options_(options) {
  check(Options::class_name, fields(options_));
  if (options.mode != "min" && options.mode != "max")
    throw ValueError(
        fmt::format("ReduceLROnPlateau: mode must be \"min\" or \"max\", got \"{}\"", options.mode));
}

bool ReduceLROnPlateau::improves(double metric) const {
  if (!best_) return !std::isnan(metric);
  return options_.mode == "min" ? metric + options_.min_delta < *best_ : metric - options_.min_delta > *best_;
}

bool ReduceLROnPlateau::update(double metric, Optimizer& optimizer) {
  if (optimizer.follows_schedule())
    throw ValueError(fmt::format(
        "ReduceLROnPlateau::update: the learning rate of {} follows a schedule; construct it with "
        "a number",
        optimizer.name()));
  if (cooldown_counter_ > 0) {
    --cooldown_counter_;
    wait_ = 0;
  }
  if (improves(metric)) {
    best_ = metric;
    wait_ = 0;
    return false;
  }
  if (cooldown_counter_ > 0 || ++wait_ < options_.patience) return false;
  const double old = optimizer.learning_rate();
  if (old <= options_.min_lr) return false;
  optimizer.set_learning_rate(std::max(old * options_.factor, options_.min_lr));
  cooldown_counter_ = options_.cooldown;
  wait_ = 0;
  return true;
}

NamedTensors ReduceLROnPlateau::state_dict() const {
  return {{"best", scalar(best_.value_or(std::numeric_limits<double>::quiet_NaN()), float64)},
          {"wait", full({}, static_cast<double>(wait_), int64)},
          {"cooldown_counter", full({}, static_cast<double>(cooldown_counter_), int64)}};
}

void ReduceLROnPlateau::load_state_dict(const NamedTensors& state) {
  const std::vector<Tensor> values = matched("ReduceLROnPlateau::load_state_dict", state_dict(), state);
  const double best = values[0].item<double>();
  const auto wait = values[1].item<std::int64_t>(), cooldown_counter = values[2].item<std::int64_t>();
  if (wait < 0 || cooldown_counter < 0)
    throw ValueError(
        fmt::format("ReduceLROnPlateau::load_state_dict: expected a wait and a cooldown_counter of at least "
                    "0, got {} and {}",
                    wait, cooldown_counter));
  best_ = std::isnan(best) ? std::nullopt : std::optional(best);
  wait_ = wait;
  cooldown_counter_ = cooldown_counter;
}

}  // namespace taper::optim
