// ExponentialDecay.
#include <cmath>

#include <fmt/format.h>

#include <taper/optim/check.h>
#include <taper/optim/exponential_decay.h>
#include <taper/tensor/error.h>

namespace taper::optim {

ExponentialDecay::ExponentialDecay(const Options& options) : options_(options) {
  check_not_negative("ExponentialDecay", "initial_learning_rate", options.initial_learning_rate);
  check_not_negative("ExponentialDecay", "decay_rate", options.decay_rate);
  if (options.decay_steps <= 0)
    throw ValueError(fmt::format("ExponentialDecay: decay_steps must be > 0, got {}", options.decay_steps));
}

double ExponentialDecay::operator()(std::int64_t step, DType dtype) const {
  return visit_floating(dtype, [&]<class T>() -> double {
    const T passed = static_cast<T>(step) / static_cast<T>(options_.decay_steps);
    return static_cast<T>(options_.initial_learning_rate) *
           std::pow(static_cast<T>(options_.decay_rate), options_.staircase ? std::floor(passed) : passed);
  });
}

}  // namespace taper::optim
