// The metrics of a threshold, or many: precision, recall, the area under a curve.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <taper/train/metric.h>

namespace taper::training {

// Predictions are probabilities (logits with from_logits: a sigmoid comes first) of any shape [examples,
// ...]; targets, 0 or 1, have the same shape, or are numbers of classes for predictions [examples, classes].
// Above a threshold, a prediction is positive. Keras compares float32, and so do these.

struct ThresholdOptions {
  /// From 0 to 1. None is 0.5 alone or, with top_k, all of the k largest are positive.
  std::vector<double> thresholds = {};
  /// Only the k largest of a row are positive (of equal ones the first), if they are above the threshold.
  std::optional<std::int64_t> top_k = std::nullopt;
  /// Only this column counts.
  std::optional<std::int64_t> class_id = std::nullopt;
  bool from_logits = false;
  /// That of the class in snake_case if empty, as "true_positives".
  std::string name = {};
};

/// Counts of true and false positives and negatives at each threshold: the base of the metrics below.
class ThresholdMetric : public Metric {
 public:
  void update(const Tensor& predictions, const Tensor& targets, const Tensor& weights = {}) override;
  /// For several thresholds the mean of value().
  double result() const override;
  /// One for each threshold, in the order in which they were given.
  Tensor value() const override;

 protected:
  /// What is counted at one threshold and, with columns apart, one column.
  struct Counts {
    double true_positives, false_positives, true_negatives, false_negatives;
    double recall() const noexcept { return ratio(true_positives, true_positives + false_negatives); }
    double precision() const noexcept { return ratio(true_positives, true_positives + false_positives); }
    double specificity() const noexcept { return ratio(true_negatives, true_negatives + false_positives); }
    double fall_out() const noexcept { return ratio(false_positives, false_positives + true_negatives); }
    /// 0 if the second is 0.
    static double ratio(double part, double whole) noexcept { return whole == 0 ? 0 : part / whole; }
  };

  /// `columns_apart`: each has counts of its own; else all numbers are counted together, each with the weight
  /// of its column if there are `column_weights`. Throws ValueError for a threshold out of range.
  ThresholdMetric(const char* kind, ThresholdOptions options, bool columns_apart = false,
                  std::vector<double> column_weights = {});
  /// The same at 0 and 1 and `count` - 2 evenly between, exceeded by `beyond` at both ends.
  static std::vector<double> evenly(std::int64_t count, double beyond = 0);
  /// In ascending order of the thresholds.
  std::int64_t thresholds() const noexcept { return std::ssize(limits_); }
  std::int64_t columns() const;
  Counts counts(std::int64_t threshold, std::int64_t column = 0) const;
  /// The value at one threshold.
  virtual double value_of(const Counts&) const { return 0; }
  const std::vector<double>& column_weights() const noexcept { return column_weights_; }

 private:
  static std::vector<Sums> four_sums(std::int64_t count);
  std::int64_t passed(float score) const;

  ThresholdOptions options_;
  std::vector<float> limits_;       // ascending
  std::vector<std::size_t> order_;  // where each given threshold lies among them
  std::vector<double> column_weights_;
  bool evenly_, beyond_, columns_apart_;
};

/// Counts, of all numbers with their weights, as a metric.
class TruePositives final : public ThresholdMetric {
 public:
  explicit TruePositives(ThresholdOptions options = {})
      : ThresholdMetric("true_positives", std::move(options)) {}

 private:
  double value_of(const Counts& at) const override { return at.true_positives; }
};

class FalsePositives final : public ThresholdMetric {
 public:
  explicit FalsePositives(ThresholdOptions options = {})
      : ThresholdMetric("false_positives", std::move(options)) {}

 private:
  double value_of(const Counts& at) const override { return at.false_positives; }
};

class TrueNegatives final : public ThresholdMetric {
 public:
  explicit TrueNegatives(ThresholdOptions options = {})
      : ThresholdMetric("true_negatives", std::move(options)) {}

 private:
  double value_of(const Counts& at) const override { return at.true_negatives; }
};

class FalseNegatives final : public ThresholdMetric {
 public:
  explicit FalseNegatives(ThresholdOptions options = {})
      : ThresholdMetric("false_negatives", std::move(options)) {}

 private:
  double value_of(const Counts& at) const override { return at.false_negatives; }
};

/// How many of the positive predictions are right: 0 if there are none.
class Precision final : public ThresholdMetric {
 public:
  explicit Precision(ThresholdOptions options = {}) : ThresholdMetric("precision", std::move(options)) {}

 private:
  double value_of(const Counts& at) const override { return at.precision(); }
};

/// How many of the targets that are 1 have a positive prediction: 0 if there are none.
class Recall final : public ThresholdMetric {
 public:
  explicit Recall(ThresholdOptions options = {}) : ThresholdMetric("recall", std::move(options)) {}

 private:
  double value_of(const Counts& at) const override { return at.recall(); }
};

struct AtOptions {
  std::int64_t num_thresholds = 200;
  std::optional<std::int64_t> class_id = std::nullopt;
  bool from_logits = false;
  /// That of the class in snake_case if empty.
  std::string name = {};
};

/// The best of one value where another is at least `least`, over evenly spaced thresholds; 0 if it is so
/// nowhere. The base of the four below. Throws ValueError unless `least` is in [0, 1] and there is a
/// threshold.
class BestAt : public ThresholdMetric {
 public:
  double result() const override;
  Tensor value() const override;

 protected:
  BestAt(const char* kind, double least, AtOptions options);
  virtual double best(const Counts&) const = 0;
  virtual double condition(const Counts&) const = 0;

 private:
  double least_;
};

class SensitivityAtSpecificity final : public BestAt {
 public:
  explicit SensitivityAtSpecificity(double specificity, AtOptions options = {})
      : BestAt("sensitivity_at_specificity", specificity, std::move(options)) {}

 private:
  double best(const Counts& at) const override { return at.recall(); }
  double condition(const Counts& at) const override { return at.specificity(); }
};

class SpecificityAtSensitivity final : public BestAt {
 public:
  explicit SpecificityAtSensitivity(double sensitivity, AtOptions options = {})
      : BestAt("specificity_at_sensitivity", sensitivity, std::move(options)) {}

 private:
  double best(const Counts& at) const override { return at.specificity(); }
  double condition(const Counts& at) const override { return at.recall(); }
};

class PrecisionAtRecall final : public BestAt {
 public:
  explicit PrecisionAtRecall(double recall, AtOptions options = {})
      : BestAt("precision_at_recall", recall, std::move(options)) {}

 private:
  double best(const Counts& at) const override { return at.precision(); }
  double condition(const Counts& at) const override { return at.recall(); }
};

class RecallAtPrecision final : public BestAt {
 public:
  explicit RecallAtPrecision(double precision, AtOptions options = {})
      : BestAt("recall_at_precision", precision, std::move(options)) {}

 private:
  double best(const Counts& at) const override { return at.recall(); }
  double condition(const Counts& at) const override { return at.precision(); }
};

struct AucOptions {
  enum class Curve { roc, pr };
  /// How the area between two thresholds is taken: trapezoids (for pr the interpolation of Davis and Goadrich
  /// 2006), or rectangles of the smaller or the larger height.
  enum class Summation { interpolation, minoring, majoring };

  std::int64_t num_thresholds = 200;
  Curve curve = Curve::roc;
  Summation summation_method = Summation::interpolation;
  /// Instead of num_thresholds evenly spaced ones, from 0 to 1; one below 0 and one above 1 are added.
  std::vector<double> thresholds = {};
  /// Columns have areas of their own, whose mean result() is, weighted by label_weights. Else all numbers are
  /// counted together, with the weights of their columns.
  bool multi_label = false;
  std::vector<double> label_weights = {};
  bool from_logits = false;
  std::string name = "auc";
};

/// The area under the curve of recall over fall-out (ROC), or of precision over recall (PR), at thresholds as
/// Keras's; so it is an approximation from below or above, whose error falls with their number.
class AUC final : public ThresholdMetric {
 public:
  /// Throws ValueError for fewer than 2 thresholds, or one out of range.
  explicit AUC(AucOptions options = {});
  double result() const override;
  /// With multi_label the area of each column.
  Tensor value() const override;

 private:
  double area(std::int64_t column) const;
  AucOptions options_;
};

}  // namespace taper::training
