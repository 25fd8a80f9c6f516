// Warmup.
#include <algorithm>

#include <taper/optim/schedules/anneal.h>
#include <taper/optim/schedules/warmup.h>

namespace taper::optim {

Fields fields(WarmupOptions& options) {
  return {{"learning_rate", &options.learning_rate},
          {"warmup_steps", &options.warmup_steps, range::not_negative},
          {"start_factor", &options.start_factor, range::closed_fraction},
          {"mode", &options.mode},
          {"name", &options.name}};
}

Warmup::Warmup(const Options& options) : ScheduleWith(options) {
  check_choice("Warmup", "mode", options.mode, {"linear", "constant"});
}

double Warmup::operator()(std::int64_t step, DType dtype) const {
  if (step >= options_.warmup_steps) return options_.learning_rate(step - options_.warmup_steps, dtype);
  const double passed = static_cast<double>(step) / static_cast<double>(options_.warmup_steps);
  return options_.learning_rate(0, dtype) * (options_.mode == "constant"
                                                 ? options_.start_factor
                                                 : anneal("linear", options_.start_factor, 1, passed));
}

std::optional<double> Warmup::momentum(std::int64_t step) const {
  return options_.learning_rate.momentum(std::max(step, options_.warmup_steps) - options_.warmup_steps);
}

}  // namespace taper::optim
