// The metrics of a threshold: counts in the buckets between them, sums, ratios.
#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/train/prediction_rows.h>
#include <taper/train/threshold_metrics.h>

namespace taper::training {
namespace {

constexpr double epsilon = 1e-7, lowest = -1e10;  // Keras's
enum : std::size_t { true_positives, false_positives, true_negatives, false_negatives };

// As Keras decides whether to calculate buckets rather than to compare.
bool evenly_spaced(const std::vector<float>& limits) {
  if (limits.size() < 3) return false;
  for (std::size_t i = 0; i < limits.size(); ++i) {
    const double even = static_cast<double>(i) / static_cast<double>(limits.size() - 1);
    if (std::abs(limits[i] - even) > epsilon * 1.5 + 1e-5 * even) return false;
  }
  return true;
}

// The places of the k largest numbers, the first ones of equal ones.
void select_largest(std::span<const double> row, std::int64_t k, std::vector<std::size_t>& places,
                    std::vector<char>& selected) {
  places.resize(row.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  std::partial_sort(places.begin(), places.begin() + k, places.end(), [&](std::size_t a, std::size_t b) {
    return row[a] > row[b] || (row[a] == row[b] && a < b);
  });
  selected.assign(row.size(), 0);
  for (std::int64_t i = 0; i < k; ++i) selected[places[static_cast<std::size_t>(i)]] = 1;
}

}  // namespace

std::vector<Metric::Sums> ThresholdMetric::four_sums(std::int64_t count) {
  return {{"true_positives", count},
          {"false_positives", count},
          {"true_negatives", count},
          {"false_negatives", count}};
}

ThresholdMetric::ThresholdMetric(const char* kind, ThresholdOptions options, bool columns_apart,
                                 std::vector<double> column_weights)
    : Metric(options.name.empty() ? kind : options.name,
             four_sums(columns_apart ? 0 : std::max<std::int64_t>(std::ssize(options.thresholds), 1))),
      options_(std::move(options)),
      column_weights_(std::move(column_weights)),
      columns_apart_(columns_apart) {
  std::vector<double>& given = options_.thresholds;
  for (const double threshold : given)
    if (!(threshold >= -epsilon && threshold <= 1 + epsilon))
      throw ValueError(fmt::format("{}: expected thresholds from 0 to 1, got {}", name(), threshold));
  if (options_.top_k && *options_.top_k < 1)
    throw ValueError(fmt::format("{}: expected a top_k of at least 1, got {}", name(), *options_.top_k));
  if (given.empty()) given.push_back(options_.top_k ? lowest : 0.5);
  std::vector<std::size_t> places(given.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  std::stable_sort(places.begin(), places.end(), [&](auto a, auto b) { return given[a] < given[b]; });
  order_.resize(given.size());
  limits_.reserve(given.size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    limits_.push_back(static_cast<float>(given[places[i]]));
    order_[places[i]] = i;
  }
  evenly_ = evenly_spaced(limits_);
  beyond_ = given.front() < 0;
}

std::vector<double> ThresholdMetric::evenly(std::int64_t count, double beyond) {
  std::vector<double> result;
  result.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i)
    result.push_back(static_cast<double>(i) / static_cast<double>(count - 1));
  result.front() -= beyond;
  result.back() += beyond;
  return result;
}

// How many thresholds are below the score.
std::int64_t ThresholdMetric::passed(float score) const {
  if (std::isnan(score)) return 0;
  if (!evenly_) return std::lower_bound(limits_.begin(), limits_.end(), score) - limits_.begin();
  const float bucket = std::ceil(std::clamp(score, 0.f, 1.f) * static_cast<float>(thresholds() - 1));
  return std::max(static_cast<std::int64_t>(bucket), std::int64_t{beyond_ ? 1 : 0});
}

std::int64_t ThresholdMetric::columns() const { return std::ssize(sums(true_positives)) / thresholds(); }

void ThresholdMetric::update(const Tensor& predictions, const Tensor& targets, const Tensor& weights) {
  const PredictionRows rows(name(), predictions, targets, weights, Targets::either);
  const std::int64_t width = rows.width(), labels = columns_apart_ ? width : 1;
  const auto check = [&](bool fits, const char* what, std::int64_t number) {
    if (!fits)
      throw ValueError(fmt::format("{}: {} is {}, but predictions have shape {}", name(), what, number,
                                   to_string(predictions.shape())));
  };
  if (options_.top_k) check(*options_.top_k <= width, "top_k", *options_.top_k);
  if (options_.class_id)
    check(*options_.class_id >= 0 && *options_.class_id < width, "class_id", *options_.class_id);
  if (!column_weights_.empty())
    check(std::ssize(column_weights_) == width, "the number of label_weights", std::ssize(column_weights_));
  grow(thresholds() * labels);

  // Of the numbers that pass exactly i thresholds, the weights of those with target 0, and 1.
  const std::int64_t buckets = thresholds() + 1;
  std::vector<double> in_bucket[2];
  for (std::vector<double>& each : in_bucket) each.resize(static_cast<std::size_t>(buckets * labels));
  std::vector<std::size_t> places;
  std::vector<char> selected;
  const std::int64_t first = options_.class_id.value_or(0), last = options_.class_id.value_or(width - 1);
  for (std::int64_t row = 0; row < rows.rows(); ++row) {
    const auto prediction = rows.prediction(row), target = rows.target(row);
    if (options_.top_k) select_largest(prediction, *options_.top_k, places, selected);
    for (std::int64_t column = first; column <= last; ++column) {
      const auto at = static_cast<std::size_t>(column);
      const double number = prediction[at];
      const bool left_out = options_.top_k && !selected[at];
      const double score = left_out ? lowest : options_.from_logits ? sigmoid_of(number) : number;
      const std::int64_t bucket = passed(static_cast<float>(score));
      const double weight =
          rows.weight(row) * (columns_apart_ || column_weights_.empty() ? 1 : column_weights_[at]);
      in_bucket[target[at] != 0][static_cast<std::size_t>(bucket * labels + column % labels)] += weight;
    }
  }

  for (std::int64_t label = 0; label < labels; ++label) {
    double above[2] = {}, all[2] = {};
    for (int kind = 0; kind < 2; ++kind)
      for (std::int64_t i = 0; i < buckets; ++i)
        all[kind] += in_bucket[kind][static_cast<std::size_t>(i * labels + label)];
    for (std::int64_t i = thresholds() - 1; i >= 0; --i) {
      const auto at = static_cast<std::size_t>(i * labels + label);
      for (int kind = 0; kind < 2; ++kind)
        above[kind] += in_bucket[kind][static_cast<std::size_t>((i + 1) * labels + label)];
      sums(true_positives)[at] += above[1];
      sums(false_positives)[at] += above[0];
      sums(true_negatives)[at] += all[0] - above[0];
      sums(false_negatives)[at] += all[1] - above[1];
    }
  }
}

ThresholdMetric::Counts ThresholdMetric::counts(std::int64_t threshold, std::int64_t column) const {
  const auto at = static_cast<std::size_t>(threshold * columns() + column);
  return {sums(true_positives)[at], sums(false_positives)[at], sums(true_negatives)[at],
          sums(false_negatives)[at]};
}

Tensor ThresholdMetric::value() const {
  std::vector<double> values;
  values.reserve(order_.size());
  for (const std::size_t place : order_) values.push_back(value_of(counts(static_cast<std::int64_t>(place))));
  return from_data(values, {std::ssize(values)});
}

double ThresholdMetric::result() const {
  double sum = 0;
  for (std::int64_t i = 0; i < thresholds(); ++i) sum += value_of(counts(i));
  return sum / static_cast<double>(thresholds());
}

BestAt::BestAt(const char* kind, double least, AtOptions options)
    : ThresholdMetric(kind, {.thresholds = options.num_thresholds > 1 ? evenly(options.num_thresholds)
                                                                      : std::vector<double>{0.5},
                             .class_id = options.class_id,
                             .from_logits = options.from_logits,
                             .name = options.name}),
      least_(least) {
  if (options.num_thresholds < 1)
    throw ValueError(
        fmt::format("{}: expected num_thresholds of at least 1, got {}", name(), options.num_thresholds));
  if (!(least >= 0 && least <= 1))
    throw ValueError(fmt::format("{}: expected a number from 0 to 1, got {}", name(), least));
}

Tensor BestAt::value() const { return scalar(result(), DType::float64); }

double BestAt::result() const {
  double found = 0;
  for (std::int64_t i = 0; i < thresholds(); ++i) {
    const Counts at = counts(i);
    if (condition(at) >= least_) found = std::max(found, best(at));
  }
  return found;
}

namespace {

std::vector<double> thresholds_of(const AucOptions& options, std::vector<double> even) {
  if (options.thresholds.empty()) return even;
  std::vector<double> result = options.thresholds;
  for (const double threshold : result)
    if (!(threshold >= 0 && threshold <= 1))
      throw ValueError(fmt::format("{}: expected thresholds from 0 to 1, got {}", options.name, threshold));
  result.push_back(-epsilon);
  result.push_back(1 + epsilon);
  std::sort(result.begin(), result.end());
  return result;
}

std::int64_t checked_count(const AucOptions& options) {
  if (options.num_thresholds < 2)
    throw ValueError(fmt::format("{}: expected num_thresholds of at least 2, got {}", options.name,
                                 options.num_thresholds));
  return options.num_thresholds;
}

}  // namespace

AUC::AUC(AucOptions options)
    : ThresholdMetric("auc",
                      {.thresholds = thresholds_of(options, evenly(checked_count(options), epsilon)),
                       .from_logits = options.from_logits,
                       .name = options.name},
                      options.multi_label, options.label_weights),
      options_(std::move(options)) {}

double AUC::area(std::int64_t column) const {
  using Summation = AucOptions::Summation;
  const bool roc = options_.curve == AucOptions::Curve::roc;
  double sum = 0;
  for (std::int64_t i = 0; i + 1 < thresholds(); ++i) {
    const Counts low = counts(i, column), high = counts(i + 1, column);
    if (!roc && options_.summation_method == Summation::interpolation) {
      // Between two thresholds the true positives grow linearly with all positives p.
      const double p_low = low.true_positives + low.false_positives;
      const double p_high = high.true_positives + high.false_positives;
      const double grown = low.true_positives - high.true_positives;
      const double slope = Counts::ratio(grown, std::max(p_low - p_high, 0.));
      const double intercept = high.true_positives - slope * p_high;
      const double growth = p_low > 0 && p_high > 0 ? p_low / p_high : 1;
      sum += Counts::ratio(slope * (grown + intercept * std::log(growth)),
                           high.true_positives + high.false_negatives);
      continue;
    }
    const double x_low = roc ? low.fall_out() : low.recall(), x_high = roc ? high.fall_out() : high.recall();
    const double y_low = roc ? low.recall() : low.precision(),
                 y_high = roc ? high.recall() : high.precision();
    const double height = options_.summation_method == Summation::interpolation ? (y_low + y_high) / 2
                          : options_.summation_method == Summation::minoring    ? std::min(y_low, y_high)
                                                                                : std::max(y_low, y_high);
    sum += (x_low - x_high) * height;
  }
  return sum;
}

Tensor AUC::value() const {
  std::vector<double> areas;
  areas.reserve(static_cast<std::size_t>(columns()));
  for (std::int64_t column = 0; column < columns(); ++column) areas.push_back(area(column));
  return from_data(areas, {std::ssize(areas)});
}

double AUC::result() const {
  double sum = 0, weights = 0;
  for (std::int64_t column = 0; column < columns(); ++column) {
    const bool weighted = options_.multi_label && !column_weights().empty();
    const double weight = weighted ? column_weights()[static_cast<std::size_t>(column)] : 1;
    sum += area(column) * weight;
    weights += weight;
  }
  return Counts::ratio(sum, weights);
}

}  // namespace taper::training
