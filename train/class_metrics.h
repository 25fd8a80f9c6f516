// The metrics of classes: F1 and F-beta, the confusion matrix, intersection over union.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <taper/train/metric.h>
#include <taper/train/prediction_rows.h>

namespace taper::training {

/// How the scores of the classes become one number: by counting all together; by their mean; by their mean
/// weighted by how often each is the target. With `none` as with `macro`; value() has the scores of the
/// classes.
enum class Average { none, micro, macro, weighted };

struct FBetaScoreOptions {
  Average average = Average::none;
  /// How much more recall weighs than precision.
  double beta = 1;
  /// A prediction above it is positive; in (0, 1]. None: the largest of its row is.
  std::optional<double> threshold = std::nullopt;
  /// Predictions are logits: for the threshold a sigmoid comes first.
  bool from_logits = false;
  std::string name = "fbeta_score";
};

/// (1 + beta^2) precision recall / (beta^2 precision + recall) of each class. Predictions are probabilities
/// [examples, classes]; targets are one-hot (or several hot) rows, or numbers of classes.
class FBetaScore : public Metric {
 public:
  /// Throws ValueError for a beta or threshold out of range.
  explicit FBetaScore(FBetaScoreOptions options = {});
  void update(const Tensor& predictions, const Tensor& targets, const Tensor& weights = {}) override;
  double result() const override;
  Tensor value() const override;

 private:
  std::vector<double> scores() const;
  FBetaScoreOptions options_;
};

struct F1ScoreOptions {
  Average average = Average::none;
  std::optional<double> threshold = std::nullopt;
  bool from_logits = false;
  std::string name = "f1_score";
};

/// FBetaScore with a beta of 1.
class F1Score final : public FBetaScore {
 public:
  explicit F1Score(F1ScoreOptions options = {})
      : FBetaScore({options.average, 1, options.threshold, options.from_logits, options.name}) {}
};

/// How often each class was predicted for each: the base of the metrics below. Row: target, column:
/// prediction.
class ConfusionMetric : public Metric {
 public:
  /// The matrix, [classes, classes].
  Tensor matrix() const;

 protected:
  /// Throws ValueError for a negative number of classes, or one above 32768.
  ConfusionMetric(const std::string& name, std::int64_t classes);
  static std::int64_t checked(const std::string& name, std::int64_t classes);
  std::int64_t classes() const;
  double count(std::int64_t target, std::int64_t prediction) const {
    return sums(0)[static_cast<std::size_t>(target * classes() + prediction)];
  }
  void add(std::int64_t target, std::int64_t prediction, double weight, std::int64_t classes) {
    sums(0)[static_cast<std::size_t>(target * classes + prediction)] += weight;
  }
};

struct ConfusionMatrixOptions {
  /// 0: as many as predictions have columns, but at least 2.
  std::int64_t num_classes = 0;
  /// For predictions of one column, probabilities of class 1 of two.
  double threshold = 0.5;
  bool from_logits = false;
  std::string name = "confusion_matrix";
};

/// value() is the confusion matrix, result() the share of its diagonal. Predictions are rows of numbers, the
/// largest of which counts, [examples, ..., classes]; or of one number; or, in an integer dtype, numbers of
/// classes. Targets are numbers of classes or one-hot rows. Throws IndexError for what is no class.
class ConfusionMatrix final : public ConfusionMetric {
 public:
  explicit ConfusionMatrix(ConfusionMatrixOptions options = {});
  void update(const Tensor& predictions, const Tensor& targets, const Tensor& weights = {}) override;
  double result() const override;
  Tensor value() const override { return matrix(); }

 private:
  ConfusionMatrixOptions options_;
};

struct IoUOptions {
  std::int64_t num_classes = 0;
  /// The classes whose mean result() is.
  std::vector<std::int64_t> target_class_ids = {};
  /// Examples with this target count for nothing.
  std::optional<std::int64_t> ignore_class = std::nullopt;
  /// Numbers of classes, rather than rows of which the largest counts: Keras's sparse_y_true, sparse_y_pred.
  bool sparse_targets = true;
  bool sparse_predictions = true;
  /// The axis of the classes where there are rows: 1 for images [examples, classes, height, width].
  std::int64_t axis = -1;
  std::string name = "io_u";
};

/// Intersection over union, true positives / (true and false positives + false negatives), of classes; the
/// mean over those that occur. Targets and predictions that are no class count for nothing. Weights may have
/// the shape of the targets. (Keras counts in integers unless dtype says otherwise; weights here may be
/// fractions.)
class IoU : public ConfusionMetric {
 public:
  /// Throws ValueError unless num_classes is at least 1, and the ids are classes.
  explicit IoU(IoUOptions options);
  void update(const Tensor& predictions, const Tensor& targets, const Tensor& weights = {}) override;
  double result() const override;
  /// Of each of target_class_ids; NaN for one that does not occur.
  Tensor value() const override;

 private:
  void add_rows(const PredictionRows& rows);
  IoUOptions options_;
};

struct BinaryIoUOptions {
  std::vector<std::int64_t> target_class_ids = {0, 1};
  /// A prediction of at least that is class 1.
  double threshold = 0.5;
  bool from_logits = false;
  std::string name = "binary_io_u";
};

/// Of two classes, by a threshold.
class BinaryIoU final : public IoU {
 public:
  explicit BinaryIoU(BinaryIoUOptions options = {});
  void update(const Tensor& predictions, const Tensor& targets, const Tensor& weights = {}) override;

 private:
  BinaryIoUOptions options_;
};

struct MeanIoUOptions {
  std::int64_t num_classes = 0;
  std::optional<std::int64_t> ignore_class = std::nullopt;
  bool sparse_targets = true;
  bool sparse_predictions = true;
  std::int64_t axis = -1;
  std::string name = "mean_io_u";
};

/// Of all classes.
class MeanIoU : public IoU {
 public:
  explicit MeanIoU(MeanIoUOptions options);
};

struct OneHotIoUOptions {
  std::int64_t num_classes = 0;
  std::vector<std::int64_t> target_class_ids = {};
  std::optional<std::int64_t> ignore_class = std::nullopt;
  bool sparse_predictions = false;
  std::int64_t axis = -1;
  std::string name = "one_hot_io_u";
};

/// Of targets that are one-hot rows, and predictions that are rows of scores.
class OneHotIoU final : public IoU {
 public:
  explicit OneHotIoU(OneHotIoUOptions options);
};

struct OneHotMeanIoUOptions {
  std::int64_t num_classes = 0;
  std::optional<std::int64_t> ignore_class = std::nullopt;
  bool sparse_predictions = false;
  std::int64_t axis = -1;
  std::string name = "one_hot_mean_io_u";
};

class OneHotMeanIoU final : public MeanIoU {
 public:
  explicit OneHotMeanIoU(OneHotMeanIoUOptions options);
};

}  // namespace taper::training
