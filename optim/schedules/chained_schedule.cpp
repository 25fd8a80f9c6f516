// ChainedSchedule.
#include <taper/optim/schedules/chained_schedule.h>
#include <taper/tensor/error.h>

namespace taper::optim {

Fields fields(ChainedScheduleOptions& options) {
  return {{"schedules", &options.schedules}, {"name", &options.name}};
}

ChainedSchedule::ChainedSchedule(const Options& options) : ScheduleWith(options) {
  if (options.schedules.empty())
    throw ValueError("ChainedSchedule: expected at least one schedule, got none");
}

double ChainedSchedule::operator()(std::int64_t step, DType dtype) const {
  double product = 1;
  for (const LearningRate& each : options_.schedules) product *= each(step, dtype);
  return product;
}

std::optional<double> ChainedSchedule::momentum(std::int64_t step) const {
  std::optional<double> value;
  for (const LearningRate& each : options_.schedules)
    if (!value) value = each.momentum(step);
  return value;
}

}  // namespace taper::optim
