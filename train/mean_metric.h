// Mean: of a value of each example, weighted; and the metrics that are a function of each row.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include <taper/tensor/function.h>
#include <taper/train/metric.h>
#include <taper/train/prediction_rows.h>

namespace taper::training {

/// The mean of all values, [examples, ...], that update() gets as predictions; targets are not read. Also of
/// scalars, such as the losses of steps.
class Mean : public Metric {
 public:
  explicit Mean(std::string name = "mean") : Metric(std::move(name), {{"total"}, {"count"}}) {}
  void update(const Tensor& values, const Tensor& unused = {}, const Tensor& weights = {}) override;
  double result() const override;

 protected:
  /// Adds value(row) of each row for which counts(row) is true.
  template <class Value, class Counts>
  void add(const PredictionRows& rows, Value&& value, Counts&& counts) {
    const double share = 1 / static_cast<double>(rows.rows_each());
    for (std::int64_t row = 0; row < rows.rows(); ++row) {
      if (!counts(row)) continue;
      const double weight = rows.weight(row) * share;
      sums(0)[0] += value(row) * weight;
      sums(1)[0] += weight;
    }
  }
  template <class Value>
  void add(const PredictionRows& rows, Value&& value) {
    add(rows, value, [](std::int64_t) { return true; });
  }
};

/// The sum of all values, each times the weight of its example.
class Sum final : public Metric {
 public:
  explicit Sum(std::string name = "sum") : Metric(std::move(name), {{"total"}}) {}
  void update(const Tensor& values, const Tensor& unused = {}, const Tensor& weights = {}) override;
  double result() const override { return sums(0)[0]; }
};

/// The mean of a function of predictions and targets, which gives a value of each example, [examples, ...]:
///
///     training::MeanMetricWrapper huber([](const Tensor& prediction, const Tensor& target) {
///       return mean(huber_loss(prediction, target, {.reduction = Reduction::none}), -1);
///     }, "huber");
class MeanMetricWrapper final : public Mean {
 public:
  using Values = Function<Tensor(const Tensor& predictions, const Tensor& targets)>;
  explicit MeanMetricWrapper(Values values, std::string name)
      : Mean(std::move(name)), values_(std::move(values)) {}
  void update(const Tensor& predictions, const Tensor& targets, const Tensor& weights = {}) override;

 private:
  Values values_;
};

/// A row of predictions, or of targets: see PredictionRows.
using Row = std::span<const double>;

/// The mean of a function of the rows along the last axis:
///
///     const auto share_wrong = [](training::Row prediction, training::Row target) {
///       double wrong = 0;
///       for (std::size_t i = 0; i < target.size(); ++i) wrong += (prediction[i] > 0.5) != (target[i] > 0.5);
///       return wrong / static_cast<double>(target.size());
///     };
///     training::MeanOfRows hamming("hamming", training::Targets::alike, share_wrong);
class MeanOfRows : public Mean {
 public:
  using OfRow = Function<double(Row prediction, Row target)>;
  MeanOfRows(std::string name, Targets kind, OfRow of_row, std::int64_t axis = -1)
      : Mean(std::move(name)), of_row_(std::move(of_row)), kind_(kind), axis_(axis) {}
  void update(const Tensor& predictions, const Tensor& targets, const Tensor& weights = {}) override;

 protected:
  /// Rows with this target count for nothing.
  void ignore(std::int64_t target) {
    ignores_ = true;
    ignored_ = static_cast<double>(target);
  }

 private:
  OfRow of_row_;
  Targets kind_;
  std::int64_t axis_;
  bool ignores_ = false;
  double ignored_ = 0;
};

}  // namespace taper::training
