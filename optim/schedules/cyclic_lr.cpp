// CyclicLR.
#include <cmath>

#include <taper/optim/schedules/anneal.h>
#include <taper/optim/schedules/cyclic_lr.h>

namespace taper::optim {

Fields fields(CyclicLROptions& options) {
  return {{"base_learning_rate", &options.base_learning_rate, range::not_negative},
          {"max_learning_rate", &options.max_learning_rate, range::not_negative},
          {"step_size_up", &options.step_size_up, range::positive},
          {"step_size_down", &options.step_size_down, range::not_negative, true},
          {"mode", &options.mode},
          {"gamma", &options.gamma, range::not_negative},
          {"cycle_momentum", &options.cycle_momentum},
          {"base_momentum", &options.base_momentum, range::fraction},
          {"max_momentum", &options.max_momentum, range::fraction},
          {"name", &options.name}};
}

CyclicLR::CyclicLR(const Options& options) : ScheduleWith(options) {
  check_choice("CyclicLR", "mode", options.mode, {"triangular", "triangular2", "exp_range"});
}

double CyclicLR::height(std::int64_t step) const {
  const double up = static_cast<double>(options_.step_size_up),
               down = options_.step_size_down == 0 ? up : static_cast<double>(options_.step_size_down);
  const double at = static_cast<double>(step) / (up + down), rise = up / (up + down);
  const double cycle = std::floor(1 + at), passed = 1 + at - cycle;
  const double height = passed <= rise ? passed / rise : (passed - 1) / (rise - 1);
  if (options_.mode == "triangular2") return height / std::pow(2., cycle - 1);
  return options_.mode == "exp_range" ? height * std::pow(options_.gamma, static_cast<double>(step)) : height;
}

double CyclicLR::operator()(std::int64_t step) const {
  return options_.base_learning_rate +
         (options_.max_learning_rate - options_.base_learning_rate) * height(step);
}

std::optional<double> CyclicLR::momentum(std::int64_t step) const {
  if (!options_.cycle_momentum) return {};
  return options_.max_momentum - (options_.max_momentum - options_.base_momentum) * height(step);
}

}  // namespace taper::optim
