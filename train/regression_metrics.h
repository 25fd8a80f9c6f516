// The metrics of regression: errors, cosine similarity, R2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <taper/train/mean_metric.h>

namespace taper::training {

// Predictions and targets have the same shape, [examples], or [examples, ..., outputs]; a last axis of 1 may
// be missing. Errors are means over the outputs, then over the examples.

class MeanSquaredError : public MeanOfRows {
 public:
  explicit MeanSquaredError(std::string name = "mean_squared_error");
};

/// The root of the mean over all batches.
class RootMeanSquaredError : public MeanSquaredError {
 public:
  explicit RootMeanSquaredError(std::string name = "root_mean_squared_error");
  double result() const override;
};

class MeanAbsoluteError : public MeanOfRows {
 public:
  explicit MeanAbsoluteError(std::string name = "mean_absolute_error");
};

/// |target - prediction| / max(|target|, 1e-7) in percent.
class MeanAbsolutePercentageError : public MeanOfRows {
 public:
  explicit MeanAbsolutePercentageError(std::string name = "mean_absolute_percentage_error");
};

/// Of the logarithms of 1 + max(x, 1e-7).
class MeanSquaredLogarithmicError : public MeanOfRows {
 public:
  explicit MeanSquaredLogarithmicError(std::string name = "mean_squared_logarithmic_error");
};

/// log(cosh(prediction - target)).
class LogCoshError : public MeanOfRows {
 public:
  explicit LogCoshError(std::string name = "logcosh");
};

/// The cosine of the angle between the rows, along an axis; 0 for a row of zeros.
class CosineSimilarity : public MeanOfRows {
 public:
  explicit CosineSimilarity(std::int64_t axis = -1, std::string name = "cosine_similarity");
};

struct R2ScoreOptions {
  enum class Aggregation { uniform_average, variance_weighted_average };
  /// How result() averages the scores of the outputs.
  Aggregation class_aggregation = Aggregation::uniform_average;
  /// The number of independent variables, for the adjusted score. At least 0.
  std::int64_t num_regressors = 0;
  std::string name = "r2_score";
};

/// The coefficient of determination, 1 - residual / variance, of each output: 1 is perfect, 0 is what the
/// mean of the targets reaches. Predictions and targets are [examples, outputs] or [examples]. value() has
/// the score of each output (Keras's class_aggregation = None). Of nothing it is 0.
class R2Score : public Metric {
 public:
  explicit R2Score(R2ScoreOptions options = {});
  void update(const Tensor& predictions, const Tensor& targets, const Tensor& weights = {}) override;
  double result() const override;
  Tensor value() const override;

 private:
  /// Times the weights of the examples.
  double variance(std::size_t output) const;
  double adjusted(double score) const;
  R2ScoreOptions options_;
};

}  // namespace taper::training
