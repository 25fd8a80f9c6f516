// LearningRate: a number, or a schedule that computes one for each step.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include <taper/optim/schedules/schedule.h>
#include <taper/tensor/dtype.h>
#include <taper/tensor/function.h>

namespace taper::optim {

/// The size of an optimizer's steps: a number, or any callable `double(std::int64_t step)`, which is called
/// with the number of steps so far (0 for the first step). Both convert implicitly: `.learning_rate = 1e-3`,
/// `.learning_rate = ExponentialDecay({...})`, `.learning_rate = [](auto step) {...}`. A callable with a
/// second argument, a DType, receives the dtype of the parameter, so that it can round as Keras does.
///
/// The learning rate is a double, as in Keras with floatx = float64. With floatx = float32, Keras rounds it
/// to float32 even for float64 weights; `1e-3f` reproduces the digits of such a run.
class LearningRate {
 public:
  /// Throws ValueError if negative or not finite.
  LearningRate(double value);  // NOLINT: implicit on purpose
  /// Throws ValueError if the schedule is an empty function.
  template <class Callable>
  requires(!std::same_as<std::remove_cvref_t<Callable>, LearningRate> &&
           (std::is_invocable_r_v<double, Callable&, std::int64_t> ||
            std::is_invocable_r_v<double, Callable&, std::int64_t, DType>))
      LearningRate(Callable&& schedule) {  // NOLINT
    if constexpr (std::is_constructible_v<bool, Callable&>) check(static_cast<bool>(schedule));
    if constexpr (Schedule<std::remove_cvref_t<Callable>>) json_ = serialize(schedule);
    if constexpr (std::is_invocable_r_v<double, Callable&, std::int64_t, DType>)
      schedule_ = std::forward<Callable>(schedule);
    else
      schedule_ = [function = std::forward<Callable>(schedule)](std::int64_t step, DType) mutable -> double {
        return function(step);
      };
  }

  bool is_schedule() const noexcept { return static_cast<bool>(schedule_); }
  /// The learning rate of one step. Throws ValueError if the schedule returns a negative number or NaN.
  double operator()(std::int64_t step, DType dtype = DType::float64) const;
  /// The number, or serialize() of the schedule, as JSON. Throws ValueError for any other callable.
  std::string to_json() const;

 private:
  static void check(bool callable);
  double value_ = 0;
  Function<double(std::int64_t step, DType dtype)> schedule_;
  std::string json_;  // empty unless it is a schedule with a configuration
};

}  // namespace taper::optim
