// SWALR.
#include <taper/optim/schedules/anneal.h>
#include <taper/optim/schedules/swa_lr.h>

namespace taper::optim {

Fields fields(SWALROptions& options) {
  return {{"initial_learning_rate", &options.initial_learning_rate, range::not_negative},
          {"swa_learning_rate", &options.swa_learning_rate, range::not_negative},
          {"anneal_steps", &options.anneal_steps, range::not_negative},
          {"anneal_strategy", &options.anneal_strategy},
          {"name", &options.name}};
}

SWALR::SWALR(const Options& options) : ScheduleWith(options) {
  check_choice("SWALR", "anneal_strategy", options.anneal_strategy, {"cos", "linear"});
}

double SWALR::operator()(std::int64_t step) const {
  if (step >= options_.anneal_steps) return options_.swa_learning_rate;
  return anneal(options_.anneal_strategy, options_.initial_learning_rate, options_.swa_learning_rate,
                static_cast<double>(step) / static_cast<double>(options_.anneal_steps));
}

}  // namespace taper::optim
