// OneCycle.
#include <algorithm>
#include <array>

#include <taper/optim/schedules/anneal.h>
#include <taper/optim/schedules/one_cycle.h>

namespace taper::optim {
namespace {

struct Point {
  double step, rate, momentum;
};

// The values at a step: between the last points that lie around it.
Point at(const OneCycleOptions& options, std::int64_t step) {
  const double total = static_cast<double>(options.total_steps), rise = options.pct_start * total;
  const double top = options.max_learning_rate, first = top / options.div_factor,
               last = first / options.final_div_factor;
  const double low = options.base_momentum, high = options.max_momentum;
  const std::array<Point, 4> points =
      options.three_phase ? std::array{Point{0, first, high}, Point{rise - 1, top, low},
                                       Point{2 * rise - 2, first, high}, Point{total - 1, last, high}}
                          : std::array{Point{0, first, high}, Point{rise - 1, top, low},
                                       Point{total - 1, last, high}, Point{}};
  const std::size_t count = options.three_phase ? 4 : 3;
  const double now = std::min(static_cast<double>(step), total - 1);
  std::size_t next = 1;
  while (next + 1 < count && now > points[next].step) ++next;
  const Point &from = points[next - 1], &to = points[next];
  const double passed = from.step == to.step ? 1 : (now - from.step) / (to.step - from.step);
  return {now, anneal(options.anneal_strategy, from.rate, to.rate, passed),
          anneal(options.anneal_strategy, from.momentum, to.momentum, passed)};
}

}  // namespace

Fields fields(OneCycleOptions& options) {
  return {{"max_learning_rate", &options.max_learning_rate, range::not_negative},
          {"total_steps", &options.total_steps, range::positive},
          {"pct_start", &options.pct_start, range::closed_fraction},
          {"anneal_strategy", &options.anneal_strategy},
          {"cycle_momentum", &options.cycle_momentum},
          {"base_momentum", &options.base_momentum, range::fraction},
          {"max_momentum", &options.max_momentum, range::fraction},
          {"div_factor", &options.div_factor, range::positive},
          {"final_div_factor", &options.final_div_factor, range::positive},
          {"three_phase", &options.three_phase},
          {"name", &options.name}};
}

OneCycle::OneCycle(const Options& options) : ScheduleWith(options) {
  check_choice("OneCycle", "anneal_strategy", options.anneal_strategy, {"cos", "linear"});
}

double OneCycle::operator()(std::int64_t step) const { return at(options_, step).rate; }

std::optional<double> OneCycle::momentum(std::int64_t step) const {
  if (!options_.cycle_momentum) return {};
  return at(options_, step).momentum;
}

}  // namespace taper::optim
