// LearningRate: checks.
#include <cmath>

#include <fmt/format.h>

#include <taper/optim/learning_rate.h>
#include <taper/tensor/error.h>

namespace taper::optim {
namespace {

bool valid(double rate) { return rate >= 0 && std::isfinite(rate); }

}  // namespace

LearningRate::LearningRate(double value) : value_(value) {
  if (!valid(value))
    throw ValueError(
        fmt::format("LearningRate: learning_rate must be finite and not negative, got {}", value));
}

LearningRate::LearningRate(std::function<double(std::int64_t)> schedule) : schedule_(std::move(schedule)) {
  if (!schedule_) throw ValueError("LearningRate: the schedule is an empty function; a callable is wanted");
}

double LearningRate::operator()(std::int64_t step) const {
  if (!schedule_) return value_;
  const double rate = schedule_(step);
  if (!valid(rate))
    throw ValueError(fmt::format(
        "LearningRate: the schedule gave {} for step {}; a finite number that is not negative is wanted",
        rate, step));
  return rate;
}

}  // namespace taper::optim
