// PiecewiseConstantDecay.
#include <fmt/format.h>

#include <taper/optim/schedules/anneal.h>
#include <taper/optim/schedules/piecewise_constant_decay.h>
#include <taper/tensor/error.h>

namespace taper::optim {
Fields fields(PiecewiseConstantDecayOptions& options) {
  return {{"boundaries", &options.boundaries, range::whole},
          {"values", &options.values, range::not_negative},
          {"name", &options.name}};
}

PiecewiseConstantDecay::PiecewiseConstantDecay(const Options& options) : ScheduleWith(options) {
  const std::vector<double>& boundaries = options.boundaries;
  if (options.values.size() != boundaries.size() + 1)
    throw ValueError(fmt::format(
        "PiecewiseConstantDecay: expected one more value than boundaries, got {} values and {} boundaries",
        options.values.size(), boundaries.size()));
  check_ascending("PiecewiseConstantDecay", "boundaries", boundaries);
}

double PiecewiseConstantDecay::operator()(std::int64_t step, DType dtype) const {
  std::size_t i = 0;
  while (i < options_.boundaries.size() && static_cast<double>(step) > options_.boundaries[i]) ++i;
  return visit_floating(dtype, [&]<class T>() -> double { return static_cast<T>(options_.values[i]); });
}

}  // namespace taper::optim
