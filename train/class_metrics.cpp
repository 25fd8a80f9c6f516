// The metrics of classes: counts of each class, or of each pair of classes.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include <taper/autograd/grad_mode.h>
#include <taper/autograd/ops/shape.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/train/class_metrics.h>

namespace taper::training {
namespace {

constexpr double epsilon = 1e-7;  // Keras's
enum : std::size_t { true_positives, false_positives, false_negatives, occurrence };

}  // namespace

FBetaScore::FBetaScore(FBetaScoreOptions options)
    : Metric(options.name,
             {{"true_positives", 0}, {"false_positives", 0}, {"false_negatives", 0}, {"weights", 0}}),
      options_(std::move(options)) {
  if (!(options_.beta > 0))
    throw ValueError(fmt::format("{}: expected a beta above 0, got {}", name(), options_.beta));
  if (options_.threshold && !(*options_.threshold > 0 && *options_.threshold <= 1))
    throw ValueError(
        fmt::format("{}: expected a threshold above 0, at most 1, got {}", name(), *options_.threshold));
}

void FBetaScore::update(const Tensor& predictions, const Tensor& targets, const Tensor& weights) {
  const PredictionRows rows(name(), predictions, targets, weights, Targets::either);
  if (predictions.rank() != 2)
    throw ShapeError(fmt::format("{}: expected predictions of shape [examples, classes], got {}", name(),
                                 to_string(predictions.shape())));
  grow(rows.width());
  for (std::int64_t row = 0; row < rows.rows(); ++row) {
    const auto prediction = rows.prediction(row), target = rows.target(row);
    const double weight = rows.weight(row), largest = *std::max_element(prediction.begin(), prediction.end());
    for (std::size_t i = 0; i < prediction.size(); ++i) {
      const double number = prediction[i];
      const double score = options_.from_logits ? sigmoid_of(number) : number;
      const bool positive = options_.threshold
                                ? static_cast<float>(score) > static_cast<float>(*options_.threshold)
                                : number >= largest && (options_.from_logits || std::abs(number) > 1e-9);
      sums(positive ? true_positives : false_negatives)[i] += target[i] * weight;
      if (positive) sums(false_positives)[i] += (1 - target[i]) * weight;
      sums(occurrence)[i] += target[i] * weight;
    }
  }
}

std::vector<double> FBetaScore::scores() const {
  const auto score = [&](double tp, double fp, double fn) {
    const double precision = tp / (tp + fp + epsilon), recall = tp / (tp + fn + epsilon);
    const double square = options_.beta * options_.beta;
    return (1 + square) * (precision * recall / (square * precision + recall + epsilon));
  };
  const auto all = [&](std::size_t which) {
    return std::accumulate(sums(which).begin(), sums(which).end(), 0.);
  };
  if (options_.average == Average::micro)
    return {score(all(true_positives), all(false_positives), all(false_negatives))};
  std::vector<double> result;
  result.reserve(sums(true_positives).size());
  for (std::size_t i = 0; i < sums(true_positives).size(); ++i)
    result.push_back(score(sums(true_positives)[i], sums(false_positives)[i], sums(false_negatives)[i]));
  return result;
}

double FBetaScore::result() const {
  const std::vector<double> each = scores();
  if (each.empty()) return 0;
  const bool weighted = options_.average == Average::weighted;
  const double all = std::accumulate(sums(occurrence).begin(), sums(occurrence).end(), 0.) + epsilon;
  double sum = 0;
  for (std::size_t i = 0; i < each.size(); ++i)
    sum += each[i] * (weighted ? sums(occurrence)[i] / all : 1 / static_cast<double>(each.size()));
  return sum;
}

Tensor FBetaScore::value() const {
  if (options_.average != Average::none) return Metric::value();
  const std::vector<double> each = scores();
  return from_data(each, {std::ssize(each)});
}

ConfusionMetric::ConfusionMetric(const std::string& name, std::int64_t classes)
    : Metric(name, {{"confusion_matrix", checked(name, classes) * classes}}) {}

std::int64_t ConfusionMetric::checked(const std::string& name, std::int64_t classes) {
  constexpr std::int64_t most = 32768;
  if (classes < 0 || classes > most)
    throw ValueError(fmt::format("{}: expected num_classes from 0 to {}, got {}", name, most, classes));
  return classes;
}

std::int64_t ConfusionMetric::classes() const {
  return static_cast<std::int64_t>(std::sqrt(static_cast<double>(sums(0).size())));
}

Tensor ConfusionMetric::matrix() const { return from_data(sums(0), {classes(), classes()}); }

ConfusionMatrix::ConfusionMatrix(ConfusionMatrixOptions options)
    : ConfusionMetric(options.name, options.num_classes), options_(std::move(options)) {}

void ConfusionMatrix::update(const Tensor& predictions, const Tensor& targets, const Tensor& weights) {
  const bool numbers =
      predictions.defined() && (is_integer(predictions.dtype()) || predictions.dtype() == DType::boolean);
  if (numbers && options_.num_classes == 0)
    throw ValueError(fmt::format(
        "{}: of predictions that are numbers of classes, expected num_classes as an option", name()));
  const NoGrad guard;
  const Tensor given = numbers ? unsqueeze(predictions, -1) : predictions;
  const Tensor wanted = numbers && targets.defined() ? unsqueeze(targets, -1) : targets;
  const PredictionRows rows(name(), given, wanted, weights, numbers ? Targets::alike : Targets::either);
  const std::int64_t width = std::max<std::int64_t>(rows.width(), 2);
  const std::int64_t count = options_.num_classes > 0 ? options_.num_classes : width;
  grow(checked(name(), count) * count);
  for (std::int64_t row = 0; row < rows.rows(); ++row) {
    const auto prediction = rows.prediction(row), target = rows.target(row);
    const double score = options_.from_logits ? sigmoid_of(prediction[0]) : prediction[0];
    const double predicted = rows.width() > 1 ? static_cast<double>(argmax_of(prediction))
                             : numbers        ? prediction[0]
                             : static_cast<float>(score) > static_cast<float>(options_.threshold) ? 1
                                                                                                  : 0;
    const double right = target.size() > 1 ? static_cast<double>(argmax_of(target)) : target[0];
    add(checked_class(name(), right, count), checked_class(name(), predicted, count), rows.weight(row),
        count);
  }
}

double ConfusionMatrix::result() const {
  double right = 0;
  for (std::int64_t i = 0; i < classes(); ++i) right += count(i, i);
  const double all = std::accumulate(sums(0).begin(), sums(0).end(), 0.);
  return all == 0 ? 0 : right / all;
}

IoU::IoU(IoUOptions options)
    : ConfusionMetric(options.name, options.num_classes), options_(std::move(options)) {
  if (options_.num_classes < 1)
    throw ValueError(
        fmt::format("{}: expected num_classes of at least 1, got {}", name(), options_.num_classes));
  if (options_.target_class_ids.empty())
    throw ValueError(fmt::format("{}: expected at least one of target_class_ids, got none", name()));
  for (const std::int64_t id : options_.target_class_ids)
    if (id < 0 || id >= options_.num_classes)
      throw ValueError(fmt::format("{}: expected target_class_ids from 0 to {}, got {}", name(),
                                   options_.num_classes - 1, id));
}

namespace {

// The number of the class of each row, one number a row.
Tensor class_of_rows(const std::string& metric, const Tensor& x, bool sparse, std::int64_t axis) {
  if (sparse || !x.defined()) return x.defined() ? unsqueeze(x.detach(), -1) : x;
  const PredictionRows rows(metric, x, {}, {}, Targets::none, axis);
  std::vector<double> places;
  places.reserve(static_cast<std::size_t>(rows.rows()));
  for (std::int64_t row = 0; row < rows.rows(); ++row)
    places.push_back(static_cast<double>(argmax_of(rows.prediction(row))));
  Shape shape = x.shape();
  shape.erase(normalize_axis(metric.c_str(), axis, x.rank()));
  shape.push_back(1);
  return from_data(places, shape);
}

// Without the axis of 1 that targets have more than predictions.
Tensor without_last(const Tensor& targets, const Tensor& predictions, bool sparse) {
  const bool longer = sparse && targets.defined() && predictions.defined() &&
                      targets.rank() == predictions.rank() && targets.rank() > 2 &&
                      targets.shape().back() == 1;
  return longer ? squeeze(targets.detach(), -1) : targets;
}

}  // namespace

void IoU::update(const Tensor& predictions, const Tensor& targets, const Tensor& weights) {
  const NoGrad guard;
  const bool rows_given = !options_.sparse_predictions;
  const Tensor given = class_of_rows(name(), predictions, options_.sparse_predictions, options_.axis);
  const Tensor wanted =
      class_of_rows(name(), without_last(targets, predictions, rows_given && options_.sparse_targets),
                    options_.sparse_targets, options_.axis);
  add_rows({name(), given, wanted, weights, Targets::alike});
}

void IoU::add_rows(const PredictionRows& rows) {
  const std::int64_t count = options_.num_classes;
  const auto number = [&](double given) {
    if (std::isfinite(given) && given != std::floor(given))
      throw ValueError(
          fmt::format("{}: expected numbers of classes, got {}; rows of scores need "
                      "sparse_predictions = false",
                      name(), given));
    return class_number(given, count);
  };
  for (std::int64_t row = 0; row < rows.rows(); ++row) {
    const std::int64_t target = number(rows.target(row)[0]), prediction = number(rows.prediction(row)[0]);
    if (target >= 0 && prediction >= 0 && target != options_.ignore_class)
      add(target, prediction, rows.weight(row), count);
  }
}

Tensor IoU::value() const {
  std::vector<double> each;
  each.reserve(options_.target_class_ids.size());
  for (const std::int64_t id : options_.target_class_ids) {
    double all = -count(id, id);
    for (std::int64_t i = 0; i < classes(); ++i) all += count(id, i) + count(i, id);
    each.push_back(all > 1e-9 ? count(id, id) / (all + epsilon) : std::nan(""));
  }
  return from_data(each, {std::ssize(each)});
}

double IoU::result() const {
  const Tensor each = value();
  double sum = 0, number = 0;
  for (const double iou : each.to_vector<double>()) {
    if (std::isnan(iou)) continue;
    sum += iou;
    ++number;
  }
  return sum / (number + epsilon);
}

BinaryIoU::BinaryIoU(BinaryIoUOptions options)
    : IoU({.num_classes = 2, .target_class_ids = options.target_class_ids, .name = options.name}),
      options_(std::move(options)) {}

void BinaryIoU::update(const Tensor& predictions, const Tensor& targets, const Tensor& weights) {
  const NoGrad guard;
  const PredictionRows scores(name(), predictions, targets, {}, Targets::alike);
  std::vector<double> given;
  given.reserve(static_cast<std::size_t>(scores.rows() * scores.width()));
  for (std::int64_t row = 0; row < scores.rows(); ++row)
    for (const double number : scores.prediction(row)) {
      const double score = options_.from_logits ? sigmoid_of(number) : number;
      given.push_back(static_cast<float>(score) >= static_cast<float>(options_.threshold) ? 1 : 0);
    }
  IoU::update(from_data(given, predictions.shape()), reshape(targets.detach(), predictions.shape()), weights);
}

MeanIoU::MeanIoU(MeanIoUOptions options)
    : IoU([&] {
        std::vector<std::int64_t> all(
            static_cast<std::size_t>(std::max<std::int64_t>(options.num_classes, 0)));
        std::iota(all.begin(), all.end(), std::int64_t{0});
        return IoUOptions{
            options.num_classes,        std::move(all), options.ignore_class, options.sparse_targets,
            options.sparse_predictions, options.axis,   options.name};
      }()) {}

OneHotIoU::OneHotIoU(OneHotIoUOptions options)
    : IoU({options.num_classes, options.target_class_ids, options.ignore_class, false,
           options.sparse_predictions, options.axis, options.name}) {}

OneHotMeanIoU::OneHotMeanIoU(OneHotMeanIoUOptions options)
    : MeanIoU({options.num_classes, options.ignore_class, false, options.sparse_predictions, options.axis,
               options.name}) {}

}  // namespace taper::training
