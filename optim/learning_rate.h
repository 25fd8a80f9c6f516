// LearningRate: a number, or a schedule that gives one for each step.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <type_traits>
#include <utility>

namespace taper::optim {

/// The size of an optimizer's steps: a number, or any callable `double(std::int64_t step)`, which is called
/// with the number of steps taken before (0 at first). Made implicitly from either:
/// `.learning_rate = 1e-3`, `.learning_rate = ExponentialDecay({...})`, `.learning_rate = [](auto step)
/// {...}`.
///
/// It is a double. Keras stores a number as float32 even where the weights are float64; `1e-3f` gives the
/// digits of such a run.
class LearningRate {
 public:
  /// Throws ValueError if negative or not finite.
  LearningRate(double value);  // NOLINT: implicit on purpose
  /// Throws ValueError if empty.
  LearningRate(std::function<double(std::int64_t step)> schedule);  // NOLINT
  template <class Schedule>
  requires(!std::same_as<std::remove_cvref_t<Schedule>, LearningRate> &&
           !std::convertible_to<Schedule, double> && std::is_invocable_r_v<double, Schedule&, std::int64_t>)
      LearningRate(Schedule&& schedule)  // NOLINT
      : LearningRate(std::function<double(std::int64_t)>(std::forward<Schedule>(schedule))) {}

  bool is_schedule() const noexcept { return static_cast<bool>(schedule_); }
  /// The learning rate of one step. Throws ValueError if the schedule gives a negative one or none.
  double operator()(std::int64_t step) const;

 private:
  double value_ = 0;
  std::function<double(std::int64_t)> schedule_;
};

}  // namespace taper::optim
