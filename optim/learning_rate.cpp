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

void LearningRate::check(bool callable) {
  if (!callable) throw ValueError("LearningRate: expected a callable, got an empty function");
}

double LearningRate::operator()(std::int64_t step, DType dtype) const {
  if (!schedule_) return value_;
  const double rate = schedule_(step, dtype);
  if (!valid(rate))
    throw ValueError(fmt::format(
        "LearningRate: expected a finite number that is not negative from the schedule, got {} for step {}",
        rate, step));
  return rate;
}

std::string LearningRate::to_json() const {
  if (!schedule_) return optim::to_json(value_);
  if (!json_)
    throw ValueError(
        "LearningRate: a callable has no configuration; to save it, use a number or a schedule of the "
        "library");
  return json_();
}

}  // namespace taper::optim
