// WeightAverage.
#include <set>
#include <string_view>

#include <fmt/format.h>

#include <taper/autograd/grad_mode.h>
#include <taper/autograd/ops/arithmetic.h>
#include <taper/optim/fields.h>
#include <taper/optim/weight_average.h>
#include <taper/tensor/create.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>

namespace taper::optim {
namespace {

constexpr Range at_least_1{[](double x) { return x >= 1; }, "at least 1"};
constexpr const char* counts[] = {"n_averaged", "calls"};

}  // namespace

WeightAverage::WeightAverage(const Parameters& parameters, const Options& options)
    : parameters_(parameters.list()), options_(options) {
  check("WeightAverage", {{"decay", &options_.decay, range::fraction},
                          {"start", &options_.start, range::not_negative},
                          {"interval", &options_.interval, at_least_1}});
  if (parameters_.empty()) throw ValueError("WeightAverage: the list of tensors is empty");
  std::set<std::string_view> names(std::begin(counts), std::end(counts));
  for (const auto& [name, tensor] : parameters_) {
    if (!tensor.defined()) throw ValueError(fmt::format("WeightAverage: '{}' is an undefined tensor", name));
    if (!is_floating(tensor.dtype()))
      throw DTypeError(fmt::format("WeightAverage: '{}' must be float32 or float64, got {}", name,
                                   taper::name(tensor.dtype())));
    if (!names.insert(name).second)
      throw ValueError(fmt::format("WeightAverage: two parts of the state are called '{}'", name));
  }
  averages_.resize(parameters_.size());
}

void WeightAverage::update() {
  if (applied_)
    throw ValueError("WeightAverage::update: the tensors hold the averages; end the scope of apply() first");
  const NoGrad no_grad;
  const bool counted = calls_ >= options_.start && (calls_ - options_.start) % options_.interval == 0;
  if (counted) {
    const double part = options_.decay > 0 ? 1 - options_.decay : 1 / static_cast<double>(count_ + 1);
    std::vector<Tensor> next;
    next.reserve(averages_.size());
    for (std::size_t i = 0; i < averages_.size(); ++i) {
      const auto& [name, tensor] = parameters_[i];
      const Tensor value = tensor.detach();
      Tensor old = averages_[i];
      if (old.defined() && old.shape() != value.shape())
        throw ShapeError(fmt::format("WeightAverage::update: '{}' had shape {} and now has {}", name,
                                     to_string(old.shape()), to_string(value.shape())));
      if (old.defined() && old.dtype() != value.dtype()) old = compute::cast(old, value.dtype());
      next.push_back(old.defined() ? old + (value - old) * part : compute::cast(value, value.dtype()));
    }
    averages_ = std::move(next);
    ++count_;
  }
  ++calls_;
}

void WeightAverage::check_ready(const char* function) const {
  if (count_ == 0)
    throw ValueError(
        fmt::format("WeightAverage::{}: there are no averages yet; call update() first", function));
}

NamedTensors WeightAverage::values() const {
  check_ready("values");
  NamedTensors list = state_dict();
  list.resize(parameters_.size());
  return list;
}

WeightAverage::Applied::Applied(WeightAverage& average) : average_(average) {
  average.check_ready("apply");
  if (average.applied_) throw ValueError("WeightAverage::apply: the averages are applied already");
  const NoGrad no_grad;
  before_.reserve(average.parameters_.size());
  for (const auto& [name, tensor] : average.parameters_)
    before_.push_back(compute::cast(tensor, tensor.dtype()));
  for (std::size_t i = 0; i < before_.size(); ++i)
    compute::copy(average.parameters_[i].second, average.averages_[i]);
  average.applied_ = true;
}

WeightAverage::Applied::~Applied() {
  const NoGrad no_grad;
  for (std::size_t i = 0; i < before_.size(); ++i) compute::copy(average_.parameters_[i].second, before_[i]);
  average_.applied_ = false;
}

void WeightAverage::assign() {
  check_ready("assign");
  if (applied_) throw ValueError("WeightAverage::assign: the averages are applied already");
  const NoGrad no_grad;
  for (std::size_t i = 0; i < averages_.size(); ++i) compute::copy(parameters_[i].second, averages_[i]);
}

NamedTensors WeightAverage::state_dict() const {
  NamedTensors list;
  list.reserve(parameters_.size() + 2);
  for (std::size_t i = 0; i < averages_.size(); ++i) {
    const auto& [name, tensor] = parameters_[i];
    list.emplace_back(name, averages_[i].defined() ? compute::cast(averages_[i], tensor.dtype())
                                                   : zeros(tensor.shape(), tensor.dtype()));
  }
  list.emplace_back(counts[0], full({}, static_cast<double>(count_), int64));
  list.emplace_back(counts[1], full({}, static_cast<double>(calls_), int64));
  return list;
}

void WeightAverage::load_state_dict(const NamedTensors& given) {
  const std::vector<Tensor> values = matched("WeightAverage::load_state_dict", state_dict(), given);
  const std::size_t size = parameters_.size();
  const std::int64_t count = values[size].item<std::int64_t>(), calls = values[size + 1].item<std::int64_t>();
  if (count < 0 || calls < count)
    throw ValueError(fmt::format(
        "WeightAverage::load_state_dict: expected 0 <= n_averaged <= calls, got {} and {}", count, calls));
  std::vector<Tensor> averages(size);
  if (count > 0)
    for (std::size_t i = 0; i < size; ++i) averages[i] = compute::cast(values[i], values[i].dtype());
  averages_ = std::move(averages);
  count_ = count;
  calls_ = calls;
}

}  // namespace taper::optim
