// LBFGS.
#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include <taper/autograd/grad_mode.h>
#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/math.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/autograd/ops/shape.h>
#include <taper/optim/rules/lbfgs.h>
#include <taper/optim/schedules/anneal.h>
#include <taper/tensor/create.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>

namespace taper::optim {
namespace {

constexpr Range counts{[](double x) { return x >= 1 && x <= 0x1p53; }, "at least 1"};

double product(const Tensor& a, const Tensor& b) { return sum(a * b).item<double>(); }
double largest(const Tensor& x) { return x.numel() == 0 ? 0 : max(abs(x)).item<double>(); }

// Of the parameters as one vector.
DType dtype_of(const NamedTensors& parameters) {
  for (const auto& [name, tensor] : parameters)
    if (tensor.dtype() == DType::float64) return DType::float64;
  return DType::float32;
}

}  // namespace

Fields fields(LBFGSOptions& options) {
  return {{"name", &options.name},
          {"learning_rate", &options.learning_rate},
          {"max_iter", &options.max_iter, counts},
          {"max_eval", &options.max_eval, range::not_negative, true},
          {"tolerance_grad", &options.tolerance_grad, range::not_negative},
          {"tolerance_change", &options.tolerance_change, range::not_negative},
          {"history_size", &options.history_size, counts},
          {"line_search_fn", &options.line_search_fn}};
}

LBFGS::LBFGS(const Parameters& parameters, const Options& options)
    : Optimizer(parameters, {.learning_rate = options.learning_rate, .name = options.name}, "LBFGS"),
      options_(options) {
  check(Options::class_name, fields(options_));
  check_choice("LBFGS", "line_search_fn", options.line_search_fn, {"", "strong_wolfe"});
  if (!parameters.groups().empty())
    throw ValueError("LBFGS: expected a list of parameters, got groups, which it cannot tell apart");
}

// What the loss and its gradient are, in the parameters as one vector.
struct LBFGS::Problem {
  NamedTensors parameters;
  DType dtype;
  const Function<Tensor()>* closure;
  Tensor start{};  // where the iteration began
  std::int64_t evaluations = 0;

  Tensor gather(bool gradients) const {
    std::vector<Tensor> parts;
    parts.reserve(parameters.size());
    for (const auto& [name, tensor] : parameters) {
      const Tensor part = gradients ? tensor.requires_grad() ? tensor.grad() : Tensor() : tensor.detach();
      parts.push_back(part.defined() ? to(reshape(part, {-1}), dtype) : zeros({tensor.numel()}, dtype));
    }
    return concat(parts);
  }

  void move_to(const Tensor& point) {
    std::int64_t begin = 0;
    for (auto& [name, tensor] : parameters) {
      const std::int64_t end = begin + tensor.numel();
      if (tensor.requires_grad()) compute::copy(tensor, reshape(slice(point, 0, begin, end), tensor.shape()));
      begin = end;
    }
  }

  Tensor loss() {
    ++evaluations;
    const EnableGrad enable;
    const Tensor value = (*closure)();
    if (!value.defined() || value.numel() != 1)
      throw ValueError(fmt::format("LBFGS::step: expected a loss with one element from the closure, got {}",
                                   value.defined() ? to_string(value.shape()) : "an undefined tensor"));
    return value.detach();
  }
};

// Where the line search has been.
struct LBFGS::Point {
  double size, loss, slope;
  Tensor gradient;
};

void LBFGS::step() {
  if (!options_.line_search_fn.empty())
    throw ValueError(
        "LBFGS::step: the line search evaluates the loss several times; call step(closure) or minimize()");
  const NamedTensors all = parameters();
  if (std::none_of(all.begin(), all.end(), [](const auto& each) { return each.second.grad().defined(); }))
    throw ValueError(
        "LBFGS::step: no gradients provided for any variable; call backward() on a loss that depends on "
        "them");
  attempt(nullptr);
}

Tensor LBFGS::step_with(const Function<Tensor()>& closure) { return attempt(&closure); }

// A step that throws changes nothing: tensors of the state are replaced, never written to.
Tensor LBFGS::attempt(const Function<Tensor()>* closure) {
  const NoGrad no_grad;
  follow_dtype();
  Problem problem{parameters(), dtype_of(parameters()), closure};
  const Tensor before = problem.start = problem.gather(false);
  try {
    State now = state_;
    const double rate = learning_rate();
    Tensor first;
    Point at{0, 0, 0, {}};
    if (closure != nullptr) at.loss = (first = problem.loss()).item<double>();
    at.gradient = problem.gather(true);
    const std::int64_t most = closure == nullptr ? 1 : options_.max_iter,
                       most_evaluations = options_.max_eval > 0 ? options_.max_eval
                                                                : options_.max_iter + options_.max_iter / 4;
    for (std::int64_t i = 1; !(largest(at.gradient) <= options_.tolerance_grad); ++i) {
      const bool very_first = ++now.iterations == 1;
      if (!very_first) {
        Change change{at.gradient - now.gradient, now.direction * now.size, 0};
        change.product = product(change.gradient, change.weights);
        if (change.product > 1e-10) {
          if (static_cast<std::int64_t>(now.changes.size()) >= options_.history_size)
            now.changes.erase(now.changes.begin());
          now.changes.push_back(std::move(change));
        }
      }
      now.direction = newton(now, at.gradient);
      now.gradient = at.gradient;
      now.size = very_first ? std::min(1., 1 / sum(abs(at.gradient)).item<double>()) * rate : rate;
      at.slope = product(at.gradient, now.direction);
      if (at.slope > -options_.tolerance_change) break;

      const double loss = at.loss;
      if (!options_.line_search_fn.empty()) {
        at = search(problem, at, now.direction, now.size, most_evaluations - problem.evaluations);
        now.size = at.size;
      }
      problem.start = problem.start + now.direction * now.size;
      problem.move_to(problem.start);
      if (options_.line_search_fn.empty() && i != most) {  // of the last point the loss is not wanted
        at.loss = problem.loss().item<double>();
        at.gradient = problem.gather(true);
      }
      if (i == most || problem.evaluations >= most_evaluations ||
          largest(now.direction * now.size) <= options_.tolerance_change ||
          std::abs(at.loss - loss) < options_.tolerance_change)
        break;
    }
    ++now.steps;
    now.evaluations += problem.evaluations;
    state_ = std::move(now);
    return first;
  } catch (...) {
    problem.move_to(before);
    throw;
  }
}

// -H g by two passes over the changes, which stand for H.
Tensor LBFGS::newton(const State& state, const Tensor& gradient) const {
  Tensor result = -gradient;
  if (state.changes.empty()) return result;
  std::vector<double> parts(state.changes.size());
  for (std::size_t i = parts.size(); i-- > 0;) {
    const Change& change = state.changes[i];
    parts[i] = product(change.weights, result) / change.product;
    result = result - change.gradient * parts[i];
  }
  const Change& last = state.changes.back();
  result = result * (last.product / product(last.gradient, last.gradient));
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Change& change = state.changes[i];
    const double part = product(change.gradient, result) / change.product;
    result = result + change.weights * (parts[i] - part);
  }
  return result;
}

namespace {

// The least point of the cubic through two points, by their losses and slopes; or the middle if it has none.
template <class Point>
double cubic(const Point& a, const Point& b, double low, double high) {
  const double d = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.size - b.size),
               square = d * d - a.slope * b.slope;
  if (!(square >= 0)) return (low + high) / 2;
  const double root = std::sqrt(square);
  const Point &left = a.size <= b.size ? a : b, &right = a.size <= b.size ? b : a;
  const double at = right.size - (right.size - left.size) *
                                     ((right.slope + root - d) / (right.slope - left.slope + 2 * root));
  return std::min(std::max(at, low), high);
}

}  // namespace

// A point along the direction that meets the strong Wolfe conditions, or the best that was found: first an
// interval with such a point in it, then a narrower one, again and again.
LBFGS::Point LBFGS::search(Problem& problem, const Point& from, const Tensor& direction, double size,
                           std::int64_t most) const {
  constexpr double enough = 1e-4, flat = 0.9;
  const auto evaluate = [&](double at) {
    problem.move_to(problem.start + direction * at);
    Point result{at, problem.loss().item<double>(), 0, problem.gather(true)};
    result.slope = product(result.gradient, direction);
    return result;
  };
  const auto too_high = [&](const Point& at) { return at.loss > from.loss + enough * at.size * from.slope; };
  const auto is_flat = [&](const Point& at) { return std::abs(at.slope) <= -flat * from.slope; };

  const Point origin{0, from.loss, from.slope, from.gradient};
  Point previous = origin, next = evaluate(size);
  std::int64_t i = 0;
  for (; i < most; ++i) {
    if (too_high(next) || (i > 1 && next.loss >= previous.loss)) break;
    if (is_flat(next)) return next;
    if (next.slope >= 0) break;
    const double farther =
        cubic(previous, next, next.size + 0.01 * (next.size - previous.size), next.size * 10);
    previous = std::exchange(next, evaluate(farther));
  }
  if (i >= most) previous = origin;

  Point ends[2] = {previous, next};
  int low = ends[0].loss <= ends[1].loss ? 0 : 1;
  bool hardly_moved = false;
  for (const double longest = largest(direction); i < most; ++i) {
    const double begin = std::min(ends[0].size, ends[1].size), end = std::max(ends[0].size, ends[1].size);
    if ((end - begin) * longest < options_.tolerance_change) break;
    double at = cubic(ends[0], ends[1], begin, end);
    // Near an end the interval would hardly become narrower.
    const double margin = 0.1 * (end - begin);
    const bool near = std::min(end - at, at - begin) < margin;
    if (near && (hardly_moved || at >= end || at <= begin)) {
      at = std::abs(at - end) < std::abs(at - begin) ? end - margin : begin + margin;
      hardly_moved = false;
    } else {
      hardly_moved = near;
    }
    Point trial = evaluate(at);
    const int high = 1 - low;
    if (too_high(trial) || trial.loss >= ends[low].loss) {
      ends[high] = trial;
      low = ends[0].loss <= ends[1].loss ? 0 : 1;
      continue;
    }
    if (is_flat(trial)) return trial;
    if (trial.slope * (ends[high].size - ends[low].size) >= 0) ends[high] = ends[low];
    ends[low] = trial;
  }
  return ends[low];
}

void LBFGS::set_learning_rate(LearningRate rate) {
  Optimizer::set_learning_rate(rate);
  options_.learning_rate = std::move(rate);
}

// The parameters may have been converted.
void LBFGS::follow_dtype() {
  const NamedTensors all = parameters();
  const DType dtype = dtype_of(all);
  std::int64_t count = 0;
  for (const auto& [name, tensor] : all) count += tensor.numel();
  State next = state_;
  const auto follow = [&](Tensor& tensor) {
    if (!tensor.defined()) return;
    if (tensor.numel() != count)
      throw ShapeError(fmt::format("LBFGS: the parameters had {} elements and now have {}; create a new one",
                                   tensor.numel(), count));
    if (tensor.dtype() != dtype) tensor = to(tensor, dtype);
  };
  follow(next.direction);
  follow(next.gradient);
  for (Change& change : next.changes) {
    follow(change.gradient);
    follow(change.weights);
  }
  state_ = std::move(next);
}

// With as many changes as told, which are zeros beyond those that there are.
NamedTensors LBFGS::state(const State& of, std::int64_t changes) const {
  const NamedTensors all = parameters();
  const DType dtype = dtype_of(all);
  std::int64_t count = 0;
  for (const auto& [name, tensor] : all) count += tensor.numel();
  const auto integer = [](std::int64_t value) { return full({}, static_cast<double>(value), int64); };
  const auto vector = [&](const Tensor& x) { return x.defined() ? to(x, dtype) * 1 : zeros({count}, dtype); };
  const auto stacked = [&](Tensor Change::*member) {
    std::vector<Tensor> rows;
    rows.reserve(of.changes.size());
    for (const Change& change : of.changes) rows.push_back(to(change.*member, dtype));
    return static_cast<std::int64_t>(rows.size()) == changes && changes > 0 ? stack(rows)
                                                                            : zeros({changes, count}, dtype);
  };
  NamedTensors list{{"iteration", integer(of.steps)}};
  if (!follows_schedule()) list.emplace_back("learning_rate", full({}, learning_rate(), float64));
  list.emplace_back("evaluations", integer(of.evaluations));
  list.emplace_back("n_iter", integer(of.iterations));
  list.emplace_back("step_size", full({}, of.size, float64));
  list.emplace_back("direction", vector(of.direction));
  list.emplace_back("previous_gradient", vector(of.gradient));
  list.emplace_back("old_dirs", stacked(&Change::gradient));
  list.emplace_back("old_stps", stacked(&Change::weights));
  return list;
}

NamedTensors LBFGS::state_dict() {
  const NoGrad no_grad;
  follow_dtype();
  return state(state_, static_cast<std::int64_t>(state_.changes.size()));
}

void LBFGS::load_state_dict(const NamedTensors& given) {
  const NoGrad no_grad;
  constexpr const char* owner = "LBFGS::load_state_dict";
  std::int64_t changes = 0;  // as many as are given, if that can be
  for (const auto& [name, tensor] : given)
    if (name == "old_dirs" && tensor.defined() && tensor.rank() == 2)
      changes = std::min(tensor.shape()[0], options_.history_size);
  const NamedTensors own = state({}, changes);
  const std::vector<Tensor> values = matched(owner, own, given);
  const auto get = [&](std::string_view name) {
    for (std::size_t i = 0; i < own.size(); ++i)
      if (own[i].first == name) return values[i];
    return Tensor();
  };
  State next{get("iteration").item<std::int64_t>(), get("n_iter").item<std::int64_t>(),
             get("evaluations").item<std::int64_t>()};
  if (next.steps < 0 || next.iterations < 0 || next.evaluations < 0)
    throw ValueError(fmt::format("{}: iteration, n_iter and evaluations must not be negative, got {}, {}, {}",
                                 owner, next.steps, next.iterations, next.evaluations));
  if (next.iterations == 0 && changes > 0)
    throw ValueError(
        fmt::format("{}: expected no old_dirs before the first iteration, got {}", owner, changes));
  if (next.iterations > 0) {
    next.size = get("step_size").item<double>();
    next.direction = get("direction") * 1;  // copies
    next.gradient = get("previous_gradient") * 1;
  }
  next.changes.reserve(static_cast<std::size_t>(changes));
  for (std::int64_t i = 0; i < changes; ++i) {
    Change change{get("old_dirs")[i] * 1, get("old_stps")[i] * 1, 0};
    change.product = product(change.gradient, change.weights);
    if (!(change.product > 0))
      throw ValueError(
          fmt::format("{}: the product of old_dirs and old_stps must be positive, got {} in row {}", owner,
                      change.product, i));
    next.changes.push_back(std::move(change));
  }
  if (const Tensor rate = get("learning_rate"); rate.defined()) set_learning_rate(rate.item<double>());
  state_ = std::move(next);
}

std::string LBFGS::get_config() const {
  Options options = options_;
  if (options.name.empty()) options.name = "lbfgs";
  return to_json(fields(options));
}

}  // namespace taper::optim
