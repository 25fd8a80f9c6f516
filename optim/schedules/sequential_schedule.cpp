// SequentialSchedule.
#include <algorithm>

#include <fmt/format.h>

#include <taper/optim/schedules/anneal.h>
#include <taper/optim/schedules/sequential_schedule.h>
#include <taper/tensor/error.h>

namespace taper::optim {

Fields fields(SequentialScheduleOptions& options) {
  return {{"schedules", &options.schedules},
          {"milestones", &options.milestones, range::whole},
          {"name", &options.name}};
}

SequentialSchedule::SequentialSchedule(const Options& options) : ScheduleWith(options) {
  if (options.schedules.size() != options.milestones.size() + 1)
    throw ValueError(fmt::format(
        "SequentialSchedule: expected one more schedule than milestones, got {} schedules and {} milestones",
        options.schedules.size(), options.milestones.size()));
  check_ascending("SequentialSchedule", "milestones", options.milestones);
}

SequentialSchedule::At SequentialSchedule::at(std::int64_t step) const {
  const std::vector<double>& milestones = options_.milestones;
  const auto next = std::upper_bound(milestones.begin(), milestones.end(), static_cast<double>(step));
  const std::size_t index = static_cast<std::size_t>(next - milestones.begin());
  return {options_.schedules[index],
          index == 0 ? step : step - static_cast<std::int64_t>(milestones[index - 1])};
}

double SequentialSchedule::operator()(std::int64_t step, DType dtype) const {
  const At now = at(step);
  return now.schedule(now.step, dtype);
}

std::optional<double> SequentialSchedule::momentum(std::int64_t step) const {
  const At now = at(step);
  return now.schedule.momentum(now.step);
}

}  // namespace taper::optim
