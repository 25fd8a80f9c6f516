// LearningRate: a number, or a schedule that computes one for each step.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <taper/optim/schedules/schedule.h>
#include <taper/tensor/dtype.h>
#include <taper/tensor/function.h>

namespace taper::optim {

template <class T>
concept DrivesMomentum = requires(const T& schedule) {
  { schedule.momentum(std::int64_t{}) } -> std::convertible_to<std::optional<double>>;
};

/// The size of an optimizer's steps: a number, or any callable `double(std::int64_t step)`, which is called
/// with the number of steps so far (0 for the first step). Both convert implicitly: `.learning_rate = 1e-3`,
/// `.learning_rate = ExponentialDecay({...})`, `.learning_rate = [](auto step) {...}`. A callable with a
/// second argument, a DType, receives the dtype of the parameter, so that it can round as Keras does.
///
/// A schedule that has a function `std::optional<double> momentum(std::int64_t step) const`, as OneCycle has,
/// drives the momentum, too: in each step the optimizer's beta_1 or, if it has none, its momentum is the
/// value of this function, unless that is nullopt. So may a class of your own.
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
    using Class = std::remove_cvref_t<Callable>;
    if constexpr (Schedule<Class> || DrivesMomentum<Class>) {
      // Copies share it: it does not change.
      const auto shared = std::make_shared<const Class>(std::forward<Callable>(schedule));
      schedule_ = [shared](std::int64_t step, [[maybe_unused]] DType dtype) -> double {
        if constexpr (std::is_invocable_r_v<double, const Class&, std::int64_t, DType>)
          return (*shared)(step, dtype);
        else
          return (*shared)(step);
      };
      if constexpr (Schedule<Class>) json_ = [shared] { return serialize(*shared); };
      if constexpr (DrivesMomentum<Class>)
        momentum_ = [shared](std::int64_t step) { return shared->momentum(step); };
    } else if constexpr (std::is_invocable_r_v<double, Callable&, std::int64_t, DType>)
      schedule_ = std::forward<Callable>(schedule);
    else
      schedule_ = [function = std::forward<Callable>(schedule)](std::int64_t step, DType) mutable -> double {
        return function(step);
      };
  }

  bool is_schedule() const noexcept { return static_cast<bool>(schedule_); }
  /// Whether the schedule has a function momentum().
  bool drives_momentum() const noexcept { return static_cast<bool>(momentum_); }
  /// The momentum of one step, if the schedule drives it.
  std::optional<double> momentum(std::int64_t step) const {
    return momentum_ ? momentum_(step) : std::nullopt;
  }
  /// The learning rate of one step. Throws ValueError if the schedule returns a negative number or NaN.
  double operator()(std::int64_t step, DType dtype = DType::float64) const;
  /// The number, or serialize() of the schedule, as JSON. Throws ValueError for any other callable.
  std::string to_json() const;

 private:
  static void check(bool callable);
  double value_ = 0;
  Function<double(std::int64_t step, DType dtype)> schedule_;
  Function<std::optional<double>(std::int64_t step)> momentum_;
  Function<std::string()> json_;  // empty unless it is a schedule with a configuration
};

}  // namespace taper::optim
