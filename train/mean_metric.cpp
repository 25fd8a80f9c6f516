// Mean: adds values and weights.
#include <taper/autograd/grad_mode.h>
#include <taper/autograd/ops/shape.h>
#include <taper/train/mean_metric.h>

namespace taper::training {
namespace {

// Values as rows of one number; a scalar is one example.
PredictionRows rows_of(const std::string& name, const Tensor& values, const Tensor& weights) {
  if (!values.defined() || values.rank() > 0) {
    const Tensor rows = values.defined() ? unsqueeze(values.detach(), -1) : values;
    return {name, rows, {}, weights, Targets::none};
  }
  return {name, reshape(values.detach(), {1, 1}), {}, weights, Targets::none};
}

}  // namespace

void Mean::update(const Tensor& values, const Tensor&, const Tensor& weights) {
  const NoGrad guard;
  const PredictionRows rows = rows_of(name(), values, weights);
  add(rows, [&](std::int64_t row) { return rows.prediction(row)[0]; });
}

double Mean::result() const { return sums(1)[0] == 0 ? 0 : sums(0)[0] / sums(1)[0]; }

void Sum::update(const Tensor& values, const Tensor&, const Tensor& weights) {
  const NoGrad guard;
  const PredictionRows rows = rows_of(name(), values, weights);
  for (std::int64_t i = 0; i < rows.rows(); ++i) sums(0)[0] += rows.prediction(i)[0] * rows.weight(i);
}

void MeanMetricWrapper::update(const Tensor& predictions, const Tensor& targets, const Tensor& weights) {
  const NoGrad guard;
  Mean::update(values_(predictions, targets), {}, weights);
}

void MeanOfRows::update(const Tensor& predictions, const Tensor& targets, const Tensor& weights) {
  const PredictionRows rows(name(), predictions, targets, weights, kind_, axis_);
  add(
      rows, [&](std::int64_t row) { return of_row_(rows.prediction(row), rows.target(row)); },
      [&](std::int64_t row) { return !ignores_ || rows.target(row)[0] != ignored_; });
}

}  // namespace taper::training
