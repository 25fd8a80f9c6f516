// LinearLR.
#include <algorithm>

#include <taper/optim/schedules/anneal.h>
#include <taper/optim/schedules/linear_lr.h>

namespace taper::optim {
namespace {

constexpr Range start{[](double x) { return x > 0 && x <= 1; }, "in (0, 1]"};

}  // namespace

Fields fields(LinearLROptions& options) {
  return {{"initial_learning_rate", &options.initial_learning_rate, range::not_negative},
          {"start_factor", &options.start_factor, start},
          {"end_factor", &options.end_factor, range::closed_fraction},
          {"total_iters", &options.total_iters, range::positive},
          {"name", &options.name}};
}

double LinearLR::operator()(std::int64_t step) const {
  const double total = static_cast<double>(options_.total_iters);
  return options_.initial_learning_rate * anneal("linear", options_.start_factor, options_.end_factor,
                                                 std::min(static_cast<double>(step), total) / total);
}

}  // namespace taper::optim
