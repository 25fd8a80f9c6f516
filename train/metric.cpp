// Metric: its sums as the state of a checkpoint.
#include <algorithm>

#include <fmt/format.h>

#include <taper/tensor/create.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>
#include <taper/train/metric.h>

namespace taper::training {

Tensor Metric::value() const { return scalar(result(), DType::float64); }

void Metric::reset() {
  for (Sums& each : sums_) std::fill(each.values.begin(), each.values.end(), 0);
}

void Metric::grow(std::int64_t count) {
  for (Sums& each : sums_) {
    if (each.count != 0) continue;
    if (each.values.empty()) each.values.resize(static_cast<std::size_t>(count));
    if (std::ssize(each.values) != count)
      throw ShapeError(
          fmt::format("{}: expected as many classes or outputs as in the batches before", name_));
  }
}

NamedTensors Metric::state_dict() const {
  NamedTensors state;
  state.reserve(sums_.size());
  for (const Sums& each : sums_)
    state.emplace_back(each.name, from_data(each.values, {std::ssize(each.values)}));
  return state;
}

void Metric::load_state_dict(const NamedTensors& state) {
  // Of sums whose count the first batch tells, all have the count that the first of them has there.
  std::int64_t told = 0;
  for (const Sums& each : sums_)
    if (each.count == 0)
      for (const auto& [name, tensor] : state)
        if (name == each.name && tensor.defined() && tensor.rank() == 1 && told == 0) told = tensor.size(0);
  NamedTensors own;
  own.reserve(sums_.size());
  for (const Sums& each : sums_)
    own.emplace_back(each.name, zeros({each.count == 0 ? told : each.count}, DType::float64));
  const std::vector<Tensor> values = matched(name_, own, state);
  for (std::size_t i = 0; i < values.size(); ++i)
    sums_[i].values = compute::contiguous(values[i]).to_vector<double>();
}

}  // namespace taper::training
