// The metrics of regression: a formula each.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/train/regression_metrics.h>

namespace taper::training {
namespace {

constexpr double epsilon = 1e-7;  // Keras's

// The mean of term(prediction, target) over a row.
template <class Term>
MeanOfRows::OfRow mean_of(Term term) {
  return [term](Row prediction, Row target) {
    double sum = 0;
    for (std::size_t i = 0; i < target.size(); ++i) sum += term(prediction[i], target[i]);
    return sum / static_cast<double>(target.size());
  };
}

double square(double x) { return x * x; }
double inverse_norm(Row row) {
  double sum = 0;
  for (const double x : row) sum += x * x;
  return std::min(1 / std::sqrt(sum), 1 / epsilon);
}

}  // namespace

MeanSquaredError::MeanSquaredError(std::string name)
    : MeanOfRows(std::move(name), Targets::alike, mean_of([](double p, double t) { return square(t - p); })) {
}

RootMeanSquaredError::RootMeanSquaredError(std::string name) : MeanSquaredError(std::move(name)) {}
double RootMeanSquaredError::result() const { return std::sqrt(MeanSquaredError::result()); }

MeanAbsoluteError::MeanAbsoluteError(std::string name)
    : MeanOfRows(std::move(name), Targets::alike,
                 mean_of([](double p, double t) { return std::abs(t - p); })) {}

MeanAbsolutePercentageError::MeanAbsolutePercentageError(std::string name)
    : MeanOfRows(std::move(name), Targets::alike, mean_of([](double p, double t) {
                   return 100 * std::abs((t - p) / std::max(std::abs(t), epsilon));
                 })) {}

MeanSquaredLogarithmicError::MeanSquaredLogarithmicError(std::string name)
    : MeanOfRows(std::move(name), Targets::alike, mean_of([](double p, double t) {
                   return square(std::log1p(std::max(p, epsilon)) - std::log1p(std::max(t, epsilon)));
                 })) {}

LogCoshError::LogCoshError(std::string name)
    : MeanOfRows(std::move(name), Targets::alike, mean_of([](double p, double t) {
                   const double x = std::abs(p - t);
                   return x + std::log1p(std::exp(-2 * x)) - std::log(2.);
                 })) {}

CosineSimilarity::CosineSimilarity(std::int64_t axis, std::string name)
    : MeanOfRows(
          std::move(name), Targets::alike,
          [](Row prediction, Row target) {
            double product = 0;
            for (std::size_t i = 0; i < target.size(); ++i) product += prediction[i] * target[i];
            return product * inverse_norm(prediction) * inverse_norm(target);
          },
          axis) {}

enum : std::size_t { samples, squared_sum, sum, residual, count };

R2Score::R2Score(R2ScoreOptions options)
    : Metric(options.name, {{"num_samples"}, {"squared_sum", 0}, {"sum", 0}, {"residual", 0}, {"count", 0}}),
      options_(std::move(options)) {
  if (options_.num_regressors < 0)
    throw ValueError(
        fmt::format("{}: expected num_regressors of at least 0, got {}", name(), options_.num_regressors));
}

void R2Score::update(const Tensor& predictions, const Tensor& targets, const Tensor& weights) {
  const PredictionRows rows(name(), predictions, targets, weights, Targets::alike);
  if (predictions.rank() > 2)
    throw ShapeError(fmt::format("{}: expected predictions of shape [examples, outputs], got {}", name(),
                                 to_string(predictions.shape())));
  grow(rows.width());
  for (std::int64_t i = 0; i < rows.rows(); ++i) {
    const double weight = rows.weight(i);
    for (std::size_t j = 0; j < rows.target(i).size(); ++j) {
      const double target = rows.target(i)[j];
      sums(sum)[j] += target * weight;
      sums(squared_sum)[j] += target * target * weight;
      sums(residual)[j] += square(target - rows.prediction(i)[j]) * weight;
      sums(count)[j] += weight;
    }
  }
  sums(samples)[0] += static_cast<double>(rows.rows() * rows.width());
}

Tensor R2Score::value() const {
  std::vector<double> scores;
  scores.reserve(sums(sum).size());
  for (std::size_t j = 0; j < sums(sum).size(); ++j) {
    const double score = sums(count)[j] == 0 ? 0 : 1 - sums(residual)[j] / variance(j);
    scores.push_back(adjusted(std::isinf(score) ? 0 : score));
  }
  return from_data(scores, {std::ssize(scores)});
}

double R2Score::result() const {
  const std::vector<double> scores = value().to_vector<double>();
  double weighted = 0, weights = 0;
  for (std::size_t j = 0; j < scores.size(); ++j) {
    const bool uniform = options_.class_aggregation == R2ScoreOptions::Aggregation::uniform_average;
    const double weight = uniform ? 1 : variance(j);
    weighted += weight * scores[j];
    weights += weight;
  }
  return weights == 0 ? 0 : weighted / weights;
}

double R2Score::variance(std::size_t output) const {
  if (sums(count)[output] == 0) return 0;
  return sums(squared_sum)[output] - sums(sum)[output] * (sums(sum)[output] / sums(count)[output]);
}

// Keras counts each output of an example as a sample, and falls back where there are too few.
double R2Score::adjusted(double score) const {
  const double n = sums(samples)[0], p = static_cast<double>(options_.num_regressors);
  return p == 0 || p >= n - 1 ? score : 1 - (1 - score) * (n - 1) / (n - p - 1);
}

}  // namespace taper::training
