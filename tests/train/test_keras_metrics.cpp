// Metrics: Keras's numbers after each batch, from keras_metrics.json.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <catch.h>
#include <nlohmann/json.hpp>
#include <repository.h>

#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/train/metrics.h>

using namespace taper;
using namespace taper::training;
using nlohmann::json;

namespace {

template <class T>
std::optional<T> optional_of(const json& options, const char* key) {
  return options.contains(key) && !options[key].is_null() ? std::optional<T>(options[key].get<T>())
                                                          : std::nullopt;
}

std::vector<double> numbers_of(const json& options, const char* key) {
  if (!options.contains(key)) return {};
  if (options[key].is_array()) return options[key].get<std::vector<double>>();
  return {options[key].get<double>()};
}

std::vector<std::int64_t> ids_of(const json& options, std::vector<std::int64_t> otherwise = {}) {
  return options.value("target_class_ids", otherwise);
}

Average average_of(const json& options) {
  const std::string name = options.value("average", "none");
  return name == "micro"      ? Average::micro
         : name == "macro"    ? Average::macro
         : name == "weighted" ? Average::weighted
                              : Average::none;
}

template <class M>
std::unique_ptr<Metric> thresholded(const json& o) {
  return std::make_unique<M>(ThresholdOptions{.thresholds = numbers_of(o, "thresholds"),
                                              .top_k = optional_of<std::int64_t>(o, "top_k"),
                                              .class_id = optional_of<std::int64_t>(o, "class_id")});
}

template <class M>
std::unique_ptr<Metric> best_at(const json& o) {
  return std::make_unique<M>(o["at"].get<double>(),
                             AtOptions{.num_thresholds = o.value("num_thresholds", 200),
                                       .class_id = optional_of<std::int64_t>(o, "class_id")});
}

std::unique_ptr<Metric> auc(const json& o) {
  AucOptions options;
  options.num_thresholds = o.value("num_thresholds", 200);
  if (o.value("curve", "") == "PR") options.curve = AucOptions::Curve::pr;
  const std::string summation = o.value("summation_method", "");
  if (summation == "minoring") options.summation_method = AucOptions::Summation::minoring;
  if (summation == "majoring") options.summation_method = AucOptions::Summation::majoring;
  options.thresholds = numbers_of(o, "thresholds");
  options.multi_label = o.value("multi_label", false);
  options.label_weights = numbers_of(o, "label_weights");
  options.from_logits = o.value("from_logits", false);
  return std::make_unique<AUC>(options);
}

std::unique_ptr<Metric> r2(const json& o) {
  R2ScoreOptions options;
  if (o.contains("class_aggregation") && o["class_aggregation"] == "variance_weighted_average")
    options.class_aggregation = R2ScoreOptions::Aggregation::variance_weighted_average;
  options.num_regressors = o.value("num_regressors", 0);
  return std::make_unique<R2Score>(options);
}

/// The metric of the case; nullptr for one that is not known.
std::unique_ptr<Metric> make(const std::string& kind, const json& o) {
  const double smoothing = o.value("label_smoothing", 0.);
  const bool from_logits = o.value("from_logits", false);
  const std::int64_t axis = o.value("axis", -1), k = o.value("k", 5), count = o.value("num_classes", 0);
  const auto ignored = optional_of<std::int64_t>(o, "ignore_class");
  const auto threshold = optional_of<double>(o, "threshold");
  const bool sparse = o.value("sparse_y_pred", true);
  if (kind == "BinaryAccuracy")
    return std::make_unique<BinaryAccuracy>(BinaryAccuracyOptions{.threshold = threshold.value_or(0.5)});
  if (kind == "CategoricalAccuracy") return std::make_unique<CategoricalAccuracy>();
  if (kind == "SparseCategoricalAccuracy") return std::make_unique<SparseCategoricalAccuracy>();
  if (kind == "accuracy") return std::make_unique<Accuracy>();
  if (kind == "TopKCategoricalAccuracy")
    return std::make_unique<TopKCategoricalAccuracy>(TopKCategoricalAccuracyOptions{.k = k});
  if (kind == "SparseTopKCategoricalAccuracy")
    return std::make_unique<SparseTopKCategoricalAccuracy>(SparseTopKCategoricalAccuracyOptions{.k = k});
  if (kind == "Mean") return std::make_unique<Mean>();
  if (kind == "Sum") return std::make_unique<Sum>();
  if (kind == "MeanSquaredError") return std::make_unique<MeanSquaredError>();
  if (kind == "RootMeanSquaredError") return std::make_unique<RootMeanSquaredError>();
  if (kind == "MeanAbsoluteError") return std::make_unique<MeanAbsoluteError>();
  if (kind == "MeanAbsolutePercentageError") return std::make_unique<MeanAbsolutePercentageError>();
  if (kind == "MeanSquaredLogarithmicError") return std::make_unique<MeanSquaredLogarithmicError>();
  if (kind == "LogCoshError") return std::make_unique<LogCoshError>();
  if (kind == "CosineSimilarity") return std::make_unique<CosineSimilarity>(axis);
  if (kind == "R2Score") return r2(o);
  if (kind == "BinaryCrossentropy")
    return std::make_unique<BinaryCrossentropy>(BinaryCrossentropyOptions{from_logits, smoothing});
  if (kind == "CategoricalCrossentropy")
    return std::make_unique<CategoricalCrossentropy>(
        CategoricalCrossentropyOptions{from_logits, smoothing, axis});
  if (kind == "SparseCategoricalCrossentropy")
    return std::make_unique<SparseCategoricalCrossentropy>(
        SparseCategoricalCrossentropyOptions{.from_logits = from_logits});
  if (kind == "Perplexity") return std::make_unique<Perplexity>(PerplexityOptions{from_logits, ignored});
  if (kind == "KLDivergence") return std::make_unique<KLDivergence>();
  if (kind == "Poisson") return std::make_unique<training::Poisson>();
  if (kind == "TruePositives") return thresholded<TruePositives>(o);
  if (kind == "FalsePositives") return thresholded<FalsePositives>(o);
  if (kind == "TrueNegatives") return thresholded<TrueNegatives>(o);
  if (kind == "FalseNegatives") return thresholded<FalseNegatives>(o);
  if (kind == "Precision") return thresholded<Precision>(o);
  if (kind == "Recall") return thresholded<Recall>(o);
  if (kind == "SensitivityAtSpecificity") return best_at<SensitivityAtSpecificity>(o);
  if (kind == "SpecificityAtSensitivity") return best_at<SpecificityAtSensitivity>(o);
  if (kind == "PrecisionAtRecall") return best_at<PrecisionAtRecall>(o);
  if (kind == "RecallAtPrecision") return best_at<RecallAtPrecision>(o);
  if (kind == "AUC") return auc(o);
  if (kind == "F1Score") return std::make_unique<F1Score>(F1ScoreOptions{average_of(o), threshold});
  if (kind == "FBetaScore")
    return std::make_unique<FBetaScore>(FBetaScoreOptions{average_of(o), o["beta"].get<double>(), threshold});
  if (kind == "IoU") return std::make_unique<IoU>(IoUOptions{count, ids_of(o), ignored});
  if (kind == "MeanIoU")
    return std::make_unique<MeanIoU>(MeanIoUOptions{.num_classes = count, .sparse_predictions = sparse});
  if (kind == "BinaryIoU")
    return std::make_unique<BinaryIoU>(BinaryIoUOptions{ids_of(o, {0, 1}), threshold.value_or(0.5)});
  if (kind == "OneHotIoU") return std::make_unique<OneHotIoU>(OneHotIoUOptions{count, ids_of(o)});
  if (kind == "OneHotMeanIoU") return std::make_unique<OneHotMeanIoU>(OneHotMeanIoUOptions{count});
  return nullptr;
}

Tensor tensor_of(const json& each) {
  if (each.is_null()) return {};
  const Shape shape(each["shape"].get<std::vector<std::int64_t>>());
  if (each["integers"].get<bool>()) return from_data(each["values"].get<std::vector<std::int64_t>>(), shape);
  return from_data(each["values"].get<std::vector<float>>(), shape);
}

struct Case {
  std::string text, kind;
  json options;
  std::vector<std::vector<Tensor>> batches;  // predictions, targets, and weights, if any
  std::vector<std::vector<double>> values;   // after each batch
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all = [] {
    std::ifstream file(repository("tests/golden/keras_metrics.json"));
    const json read = json::parse(file);
    std::vector<Case> result;
    for (const json& each : read["cases"]) {
      Case made{each.dump().substr(0, 160), each["class"], each["options"], {}, each["values"]};
      for (const json& batch : read["data"][each["data"].get<std::string>()])
        made.batches.push_back({tensor_of(batch[0]), tensor_of(batch[1]),
                                each["weighted"].get<bool>() ? tensor_of(batch[2]) : Tensor()});
      result.push_back(std::move(made));
    }
    return result;
  }();
  return all;
}

void expect(const Metric& metric, const std::vector<double>& wanted) {
  const std::vector<double> values = metric.value().to_vector<double>();
  const double tolerance = 1e-6;
  const auto check = [&](double got, double want) {
    INFO(metric.name() << " " << got << ", Keras " << want);
    CHECK(std::abs(got - want) <= tolerance * std::max(1., std::abs(want)));
  };
  if (wanted.size() == 1 && values.size() != 1)
    return check(metric.result(), wanted[0]);  // a mean of several
  REQUIRE(values.size() == wanted.size());
  for (std::size_t i = 0; i < values.size(); ++i) check(values[i], wanted[i]);
  if (wanted.size() == 1) check(metric.result(), wanted[0]);
}

}  // namespace

TEST_CASE("metrics have Keras's numbers after each batch") {
  CHECK(cases().size() > 180);
  for (const Case& each : cases()) {
    INFO(each.text);
    const std::unique_ptr<Metric> metric = make(each.kind, each.options);
    REQUIRE(metric != nullptr);
    CHECK(metric->result() == 0);
    for (std::size_t i = 0; i < each.batches.size(); ++i) {
      metric->update(each.batches[i][0], each.batches[i][1], each.batches[i][2]);
      expect(*metric, each.values[i]);
    }
  }
}

TEST_CASE("metrics are restored from their state, and begin again after a reset") {
  for (const Case& each : cases()) {
    INFO(each.text);
    const std::unique_ptr<Metric> metric = make(each.kind, each.options);
    for (int i = 0; i < 2; ++i) metric->update(each.batches[i][0], each.batches[i][1], each.batches[i][2]);
    const std::unique_ptr<Metric> restored = make(each.kind, each.options);
    restored->load_state_dict(metric->state_dict());
    for (Metric* const one : {metric.get(), restored.get()})
      one->update(each.batches[2][0], each.batches[2][1], each.batches[2][2]);
    CHECK(to_string(metric->value()) == to_string(restored->value()));
    CHECK((metric->result() == restored->result() || std::isnan(metric->result())));
    expect(*restored, each.values[2]);
    restored->reset();
    CHECK(restored->result() == 0);
    restored->update(each.batches[0][0], each.batches[0][1], each.batches[0][2]);
    expect(*restored, each.values[0]);
  }
}
