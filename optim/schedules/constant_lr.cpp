// ConstantLR.
#include <taper/optim/schedules/constant_lr.h>

namespace taper::optim {

Fields fields(ConstantLROptions& options) {
  return {{"initial_learning_rate", &options.initial_learning_rate, range::not_negative},
          {"factor", &options.factor, range::closed_fraction},
          {"total_iters", &options.total_iters, range::not_negative},
          {"name", &options.name}};
}

double ConstantLR::operator()(std::int64_t step) const {
  return options_.initial_learning_rate * (step < options_.total_iters ? options_.factor : 1);
}

}  // namespace taper::optim
