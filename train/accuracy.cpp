// Accuracy: whether each row is right.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <taper/tensor/error.h>
#include <taper/train/accuracy.h>

namespace taper::training {
namespace {

// Keras compares float32.
MeanOfRows::OfRow share_right(double threshold, bool from_logits) {
  return [limit = static_cast<float>(threshold), from_logits](Row prediction, Row target) {
    double right = 0;
    for (std::size_t i = 0; i < target.size(); ++i) {
      const double probability = from_logits ? sigmoid_of(prediction[i]) : prediction[i];
      right += (static_cast<float>(probability) > limit ? 1 : 0) == target[i];
    }
    return right / static_cast<double>(target.size());
  };
}

MeanOfRows::OfRow right_class(const std::string& name) {
  return [name](Row prediction, Row target) -> double {
    return argmax_of(prediction) == checked_class(name, target[0], std::ssize(prediction));
  };
}

double same_largest(Row prediction, Row target) { return argmax_of(prediction) == argmax_of(target); }

// As TensorFlow's in_top_k: a row with a number that is not finite is wrong.
double among_largest(Row prediction, std::int64_t place, std::int64_t k) {
  const double own = prediction[static_cast<std::size_t>(place)];
  std::int64_t larger = 0;
  for (const double other : prediction) {
    if (!std::isfinite(other)) return 0;
    larger += other > own;
  }
  return larger < k;
}

std::int64_t checked_k(const std::string& name, std::int64_t k) {
  if (k < 1) throw ValueError(fmt::format("{}: expected a k of at least 1, got {}", name, k));
  return k;
}

}  // namespace

BinaryAccuracy::BinaryAccuracy(BinaryAccuracyOptions options)
    : MeanOfRows(options.name, Targets::alike, share_right(options.threshold, options.from_logits)) {}

CategoricalAccuracy::CategoricalAccuracy(std::string name)
    : MeanOfRows(std::move(name), Targets::alike, same_largest) {}

SparseCategoricalAccuracy::SparseCategoricalAccuracy(SparseCategoricalAccuracyOptions options)
    : MeanOfRows(options.name, Targets::classes, right_class(options.name), options.axis) {
  if (options.ignore_class) ignore(*options.ignore_class);
}

Accuracy::Accuracy(AccuracyOptions options) : Mean(options.name), options_(std::move(options)) {}

void Accuracy::update(const Tensor& predictions, const Tensor& targets, const Tensor& weights) {
  const bool defined = predictions.defined() && targets.defined();
  const bool binary = defined && (predictions.rank() < 2 || predictions.shape().back() == 1);
  const bool sparse =
      defined && !binary && (targets.rank() < predictions.rank() || targets.shape().back() == 1);
  const PredictionRows rows(name(), predictions, targets, weights,
                            sparse ? Targets::classes : Targets::alike);
  const MeanOfRows::OfRow of_row = binary   ? share_right(options_.threshold, options_.from_logits)
                                   : sparse ? right_class(name())
                                            : same_largest;
  add(rows, [&](std::int64_t row) { return of_row(rows.prediction(row), rows.target(row)); });
}

TopKCategoricalAccuracy::TopKCategoricalAccuracy(TopKCategoricalAccuracyOptions options)
    : MeanOfRows(options.name, Targets::alike,
                 [k = checked_k(options.name, options.k)](Row prediction, Row target) {
                   return among_largest(prediction, argmax_of(target), k);
                 }) {}

SparseTopKCategoricalAccuracy::SparseTopKCategoricalAccuracy(SparseTopKCategoricalAccuracyOptions options)
    : MeanOfRows(options.name, Targets::classes,
                 [k = checked_k(options.name, options.k), name = options.name](Row prediction, Row target) {
                   return among_largest(prediction, checked_class(name, target[0], std::ssize(prediction)),
                                        k);
                 }) {}

}  // namespace taper::training
