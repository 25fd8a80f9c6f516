// LearningRateScheduler: a learning rate for each epoch.
#pragma once

#include <type_traits>
#include <utility>

#include <taper/tensor/function.h>
#include <taper/train/callback.h>

namespace taper::training {

/// At the begin of each epoch, the optimizer's learning rate becomes `schedule(epoch, learning_rate)`, given
/// the one that it has, or `schedule(epoch)`. For one that changes at each step give the optimizer a schedule
/// of optim/schedules instead.
class LearningRateScheduler final : public Callback {
 public:
  using Schedule = Function<double(std::int64_t epoch, double learning_rate)>;
  template <class Callable>
  requires std::is_invocable_r_v<double, const Callable&, std::int64_t, double> ||
      std::is_invocable_r_v<double, const Callable&, std::int64_t>
  explicit LearningRateScheduler(Callable schedule) {
    if constexpr (std::is_invocable_r_v<double, const Callable&, std::int64_t, double>)
      schedule_ = std::move(schedule);
    else
      schedule_ = [schedule = std::move(schedule)](std::int64_t epoch, double) { return schedule(epoch); };
  }

  /// Throws ValueError if the optimizer follows a schedule, or the rate is negative or not finite.
  void on_epoch_begin(Trainer& trainer, std::int64_t epoch) override;

 private:
  Schedule schedule_;
};

}  // namespace taper::training
