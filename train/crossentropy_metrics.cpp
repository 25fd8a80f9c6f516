// The metrics of probabilities: a formula each.
#include <algorithm>
#include <cmath>

#include <taper/train/crossentropy_metrics.h>

namespace taper::training {
namespace {

// Keras's limits, as float32 has them: what is lost of 1 - 1e-7 there shows in the logarithm of the rest.
constexpr float epsilon = 1e-7f;
constexpr double least = epsilon, most = 1 - epsilon;

double clipped(double probability) { return std::clamp(probability, least, most); }

// log(sum(exp(logits))).
double log_sum_exp(Row logits) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const double logit : logits) sum += std::exp(logit - largest);
  return largest + std::log(sum);
}

double sum_of(Row row) {
  double sum = 0;
  for (const double x : row) sum += x;
  return sum;
}

double binary(double prediction, double target, bool from_logits) {
  if (from_logits)
    return std::max(prediction, 0.) - prediction * target + std::log1p(std::exp(-std::abs(prediction)));
  const double p = clipped(prediction);
  return -(target * std::log(p) + (1 - target) * std::log(1 - p));
}

// As Keras has it, of probabilities p it is the crossentropy of the logits log(p).
MeanOfRows::OfRow sparse(const std::string& name, bool from_logits) {
  return [name, from_logits](Row prediction, Row target) {
    const auto place = static_cast<std::size_t>(checked_class(name, target[0], std::ssize(prediction)));
    if (from_logits) return log_sum_exp(prediction) - prediction[place];
    double sum = 0;
    for (const double p : prediction) sum += clipped(p);
    return std::log(sum) - std::log(clipped(prediction[place]));
  };
}

}  // namespace

BinaryCrossentropy::BinaryCrossentropy(BinaryCrossentropyOptions options)
    : MeanOfRows(
          options.name, Targets::alike,
          [logits = options.from_logits, smoothing = options.label_smoothing](Row prediction, Row target) {
            double sum = 0;
            for (std::size_t i = 0; i < target.size(); ++i)
              sum += binary(prediction[i], target[i] * (1 - smoothing) + 0.5 * smoothing, logits);
            return sum / static_cast<double>(target.size());
          }) {}

CategoricalCrossentropy::CategoricalCrossentropy(CategoricalCrossentropyOptions options)
    : MeanOfRows(
          options.name, Targets::alike,
          [logits = options.from_logits, smoothing = options.label_smoothing](Row prediction, Row target) {
            const double all = logits ? log_sum_exp(prediction) : sum_of(prediction);
            double sum = 0;
            for (std::size_t i = 0; i < target.size(); ++i) {
              const double smooth =
                  target[i] * (1 - smoothing) + smoothing / static_cast<double>(target.size());
              sum += smooth * (logits ? all - prediction[i] : -std::log(clipped(prediction[i] / all)));
            }
            return sum;
          },
          options.axis) {}

SparseCategoricalCrossentropy::SparseCategoricalCrossentropy(SparseCategoricalCrossentropyOptions options)
    : MeanOfRows(options.name, Targets::classes, sparse(options.name, options.from_logits), options.axis) {
  if (options.ignore_class) ignore(*options.ignore_class);
}

Perplexity::Perplexity(PerplexityOptions options)
    : Metric(options.name, {{"crossentropy"}, {"tokens"}}), options_(std::move(options)) {}

void Perplexity::update(const Tensor& predictions, const Tensor& targets, const Tensor& weights) {
  const PredictionRows rows(name(), predictions, targets, weights, Targets::classes, options_.axis);
  const MeanOfRows::OfRow crossentropy = sparse(name(), options_.from_logits);
  for (std::int64_t i = 0; i < rows.rows(); ++i) {
    const Row target = rows.target(i);
    if (options_.ignore_class && target[0] == static_cast<double>(*options_.ignore_class)) continue;
    sums(0)[0] += crossentropy(rows.prediction(i), target) * rows.weight(i);
    sums(1)[0] += rows.weight(i);
  }
}

double Perplexity::result() const { return sums(1)[0] == 0 ? 0 : std::exp(sums(0)[0] / sums(1)[0]); }

KLDivergence::KLDivergence(std::string name)
    : MeanOfRows(std::move(name), Targets::alike, [](Row prediction, Row target) {
        double sum = 0;
        for (std::size_t i = 0; i < target.size(); ++i) {
          const double t = std::clamp(target[i], least, 1.), p = std::clamp(prediction[i], least, 1.);
          sum += t * std::log(t / p);
        }
        return sum;
      }) {}

Poisson::Poisson(std::string name)
    : MeanOfRows(std::move(name), Targets::alike, [](Row prediction, Row target) {
        double sum = 0;
        for (std::size_t i = 0; i < target.size(); ++i)
          sum += prediction[i] - target[i] * std::log(prediction[i] + least);
        return sum / static_cast<double>(target.size());
      }) {}

}  // namespace taper::training
