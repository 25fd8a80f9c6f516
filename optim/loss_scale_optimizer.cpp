// LossScaleOptimizer.
#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <taper/autograd/grad_mode.h>
#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/optim/loss_scale_optimizer.h>
#include <taper/optim/registry.h>
#include <taper/optim/rules/lbfgs.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

namespace taper::optim {
namespace {

constexpr float least = std::numeric_limits<float>::min(), largest = 0x1p127f;
constexpr Range scales{[](double x) { return x >= least && x <= largest; }, "between 2^-126 and 2^127"};
constexpr Range counts{[](double x) { return x >= 1; }, "at least 1"};

Parameters parameters_of(const std::shared_ptr<Optimizer>& inner) {
  if (inner == nullptr) throw ValueError("LossScaleOptimizer: the inner optimizer is null");
  if (dynamic_cast<const LossScaleOptimizer*>(inner.get()) != nullptr)
    throw ValueError("LossScaleOptimizer: the inner optimizer is a LossScaleOptimizer, too; use only one");
  if (dynamic_cast<const LBFGS*>(inner.get()) != nullptr)
    throw ValueError("LossScaleOptimizer: the inner optimizer is LBFGS, which does not undo a scale");
  return inner->parameters();
}

}  // namespace

Fields fields(LossScaleOptimizerOptions& options) {
  return {{"name", &options.name},
          {"initial_scale", &options.initial_scale, scales},
          {"dynamic_growth_steps", &options.dynamic_growth_steps, counts}};
}

LossScaleOptimizer::LossScaleOptimizer(Optimizer& inner, const Options& options)
    : LossScaleOptimizer(std::shared_ptr<Optimizer>(&inner, [](Optimizer*) {}), options) {}

LossScaleOptimizer::LossScaleOptimizer(std::shared_ptr<Optimizer> inner, const Options& options)
    : Optimizer(parameters_of(inner), {}, Options::class_name), inner_(std::move(inner)), options_(options) {
  check(Options::class_name, fields(options_));
  scale_ = static_cast<float>(options.initial_scale);
  inner_->options_.loss_scale_factor = 0;
}

bool LossScaleOptimizer::gradients_are_finite() const {
  for (const auto& [name, parameter] : inner_->parameters())
    if (const Tensor gradient = parameter.grad(); gradient.defined())  // 0 * x is NaN if x is not finite
      if (sum(0 * gradient).item<double>() != 0) return false;
  return true;
}

void LossScaleOptimizer::step() {
  const NoGrad no_grad;
  if (!gradients_are_finite()) {
    step_counter_ = 0;
    scale_ = std::max(scale_ / 2, least);
    return;
  }
  double& factor = inner_->options_.loss_scale_factor;
  struct Unset {
    double& factor;
    ~Unset() { factor = 0; }
  } const unset{factor};
  factor = scale_;
  inner_->step();
  if (++step_counter_ != options_.dynamic_growth_steps) return;
  step_counter_ = 0;
  scale_ = std::min(scale_ * 2, largest);
}

Tensor LossScaleOptimizer::scale_loss(const Tensor& loss) const { return loss * double{scale_}; }

NamedTensors LossScaleOptimizer::own_state() const {
  return {{"step_counter", full({}, static_cast<double>(step_counter_), int64)},
          {"dynamic_scale", full({}, scale_, float32)}};
}

NamedTensors LossScaleOptimizer::state_dict() {
  NamedTensors state = own_state();
  for (auto& each : inner_->state_dict()) state.push_back(std::move(each));
  return state;
}

void LossScaleOptimizer::load_state_dict(const NamedTensors& state) {
  constexpr const char* owner = "LossScaleOptimizer::load_state_dict";
  const NamedTensors own = own_state();
  NamedTensors mine, rest;
  for (const NamedTensor& each : state)
    (each.first == own[0].first || each.first == own[1].first ? mine : rest).push_back(each);
  const std::vector<Tensor> values = matched(owner, own, mine);
  const std::int64_t steps = values[0].item<std::int64_t>();
  double factor = values[1].item<float>();
  check(owner, {{"dynamic_scale", &factor, scales}});
  if (steps < 0 || steps >= options_.dynamic_growth_steps)
    throw ValueError(fmt::format("{}: step_counter must be less than dynamic_growth_steps={}, got {}", owner,
                                 options_.dynamic_growth_steps, steps));
  inner_->load_state_dict(rest);  // checks before it changes anything
  step_counter_ = steps;
  scale_ = static_cast<float>(factor);
}

std::string LossScaleOptimizer::get_config() const {
  Options options = options_;
  if (options.name.empty()) options.name = "loss_scale_optimizer";
  JsonText inner{serialize(*inner_)};
  Fields all = fields(options);
  all.insert(all.begin() + 1, {"inner_optimizer", &inner});
  return to_json(all);
}

}  // namespace taper::optim
