// Metrics: what is not Keras's alone: other forms of targets, ignored classes, axes, own metrics, errors.
#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include <catch.h>
#include <errors.h>

#include <taper/autograd/autograd.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/random.h>
#include <taper/train/metrics.h>

using namespace taper;
using namespace taper::training;

namespace {

struct LargestError : Metric {
  LargestError() : Metric("largest_error", {{"largest"}}) {}
  void update(const Tensor& predictions, const Tensor& targets, const Tensor& = {}) override {
    double& largest = sums(0)[0];
    largest = std::max(largest, max(abs(predictions - targets)).item<double>());
  }
  double result() const override { return sums(0)[0]; }
};

}  // namespace

TEST_CASE("a metric of one's own has a state without more") {
  LargestError metric;
  metric.update(tensor({1., 5.}), tensor({2., 2.}));
  metric.update(tensor({1.}), tensor({2.}));
  CHECK(metric.result() == 3);
  CHECK(metric.value().item<double>() == 3);
  const NamedTensors state = metric.state_dict();
  REQUIRE(state.size() == 1);
  CHECK(state[0].first == "largest");
  CHECK(state[0].second.dtype() == float64);
  LargestError copy;
  copy.load_state_dict(state);
  CHECK(copy.result() == 3);
  metric.reset();
  CHECK(metric.result() == 0);
}

TEST_CASE("functions of rows and of tensors make metrics") {
  MeanOfRows hamming("hamming", Targets::alike, [](Row prediction, Row target) {
    double wrong = 0;
    for (std::size_t i = 0; i < target.size(); ++i) wrong += (prediction[i] > 0.5) != (target[i] > 0.5);
    return wrong / static_cast<double>(target.size());
  });
  MeanMetricWrapper error([](const Tensor& p, const Tensor& t) { return mean(abs(p - t), -1); }, "error");
  MeanAbsoluteError same;
  const Tensor p = tensor({{0.9, 0.1}, {0.2, 0.7}}), t = tensor({{1., 1.}, {0., 1.}}), w = tensor({3., 1.});
  for (Metric* const each :
       {static_cast<Metric*>(&hamming), static_cast<Metric*>(&error), static_cast<Metric*>(&same)})
    each->update(p, t, w);
  CHECK(hamming.result() == 0.5 * 3 / 4);
  CHECK(error.result() == Approx(same.result()));
  CHECK(error.name() == "error");
}

TEST_CASE("a mean takes scalars too, and gradients are not in its way") {
  Mean mean("loss");
  mean.update(scalar(2.).set_requires_grad() * 2);
  mean.update(scalar(1.));
  CHECK(mean.result() == 2.5);
  CategoricalAccuracy accuracy;
  accuracy.update(tensor({{1., 0.}}).set_requires_grad() * 3, tensor({{1., 0.}}));
  CHECK(accuracy.result() == 1);
}

TEST_CASE("ignored classes, logits and axes") {
  const Tensor logits = normal({5, 3, 4, 2}, 0, 1, float32), labels = random_integers({5, 4, 2}, 0, 3);
  SparseCategoricalAccuracy first({.axis = 1}), last;
  first.update(logits, labels);
  last.update(permute(logits, {0, 2, 3, 1}), labels);
  CHECK(first.result() == last.result());
  MeanIoU iou_first({.num_classes = 3, .sparse_predictions = false, .axis = 1});
  MeanIoU iou_last({.num_classes = 3, .sparse_predictions = false});
  iou_first.update(logits, labels);
  iou_last.update(permute(logits, {0, 2, 3, 1}), unsqueeze(labels, -1));
  CHECK(iou_first.result() == iou_last.result());
  CHECK(iou_first.value().to_vector<double>() == iou_last.value().to_vector<double>());

  const Tensor p = tensor({{0.7, 0.2, 0.1}, {0.1, 0.1, 0.8}, {0.3, 0.4, 0.3}});
  SparseCategoricalAccuracy padded({.ignore_class = -1});
  padded.update(p, tensor({0, -1, 2}));
  CHECK(padded.result() == 0.5);
  SparseCategoricalCrossentropy crossentropy({.ignore_class = -1});
  crossentropy.update(p, tensor({0, -1, 2}));
  CHECK(crossentropy.result() == Approx(-(std::log(0.7) + std::log(0.3)) / 2));

  const Tensor scores = tensor({{-2.}, {1.}, {0.2}, {-0.1}}), truth = tensor({{0.}, {1.}, {0.}, {1.}});
  BinaryAccuracy from_logits({.from_logits = true}), of_logits, threshold({.threshold = 0});
  Accuracy accuracy({.from_logits = true});
  for (Metric* const each : {static_cast<Metric*>(&from_logits), static_cast<Metric*>(&of_logits),
                             static_cast<Metric*>(&threshold), static_cast<Metric*>(&accuracy)})
    each->update(scores, truth);
  CHECK(from_logits.result() == 0.5);
  CHECK(threshold.result() == 0.5);
  CHECK(accuracy.result() == 0.5);
  CHECK(of_logits.result() == 0.75);
  Precision precision({.from_logits = true});
  Precision at_probabilities;
  precision.update(scores, truth);
  at_probabilities.update(sigmoid(scores), truth);
  CHECK(precision.result() == 0.5);
  CHECK(at_probabilities.result() == 0.5);
  RecallAtPrecision best(0.6, {.from_logits = true}), best_of_logits(0.6);
  RecallAtPrecision best_of_probabilities(0.6);
  best.update(scores, truth);
  best_of_logits.update(scores, truth);
  best_of_probabilities.update(sigmoid(scores), truth);
  CHECK(best.result() == best_of_probabilities.result());
  CHECK(best.result() == 1);
  CHECK(best_of_logits.result() == 0.5);
  Perplexity along({.from_logits = true, .axis = 1}), perplexity({.from_logits = true});
  along.update(logits, labels);
  perplexity.update(permute(logits, {0, 2, 3, 1}), labels);
  CHECK(along.result() == perplexity.result());
  F1Score f1({.threshold = 0.5, .from_logits = true});
  f1.update(scores, truth);
  CHECK(f1.result() == Approx(0.5));
  BinaryIoU iou({.from_logits = true}), wrong;
  iou.update(scores, truth);
  wrong.update(scores, truth);
  CHECK(iou.result() == Approx(1. / 3));
  CHECK(wrong.result() != Approx(1. / 3));
}

TEST_CASE("targets that are numbers of classes stand for rows") {
  const Tensor p = softmax(normal({20, 4}, 0, 1, float32), -1), labels = random_integers({20}, 0, 4);
  const Tensor rows = to(unsqueeze(labels, -1) == arange(4), float32);
  const auto agree = [&](auto&& one, auto&& other) {
    one.update(p, labels);
    other.update(p, rows);
    CHECK(one.result() == other.result());
    CHECK(one.value().template to_vector<double>() == other.value().template to_vector<double>());
  };
  agree(F1Score(), F1Score());
  agree(Recall({.class_id = 2}), Recall({.class_id = 2}));
  agree(AUC({.multi_label = true}), AUC({.multi_label = true}));
  agree(ConfusionMatrix(), ConfusionMatrix());
  agree(Accuracy(), Accuracy());
}

TEST_CASE("the confusion matrix has a row for each target") {
  ConfusionMatrix matrix;
  matrix.update(tensor({{0.1, 0.7, 0.2}, {0.8, 0.1, 0.1}, {0.3, 0.3, 0.4}}), tensor({1, 2, 2}),
                tensor({1., 2., 5.}));
  CHECK(matrix.value().to_vector<double>() == std::vector<double>{0, 0, 0, 0, 1, 0, 2, 0, 5});
  CHECK(matrix.value().shape() == Shape{3, 3});
  CHECK(matrix.result() == 0.75);
  ConfusionMatrix numbers({.num_classes = 3});
  numbers.update(tensor({{1, 0}, {2, 2}}), tensor({{1, 2}, {2, 0}}));
  CHECK(numbers.value().to_vector<double>() == std::vector<double>{0, 0, 1, 0, 1, 0, 1, 0, 1});
  ConfusionMatrix two({.threshold = 0.3});
  two.update(tensor({{0.4}, {0.2}}), tensor({{1}, {1}}));
  CHECK(two.value().to_vector<double>() == std::vector<double>{0, 0, 1, 1});
  ConfusionMatrix logits({.from_logits = true});
  logits.update(tensor({0.4, -0.2}), tensor({1, 1}));
  CHECK(logits.value().to_vector<double>() == std::vector<double>{0, 0, 1, 1});
}

TEST_CASE("what does not fit a metric is told by its name") {
  check_error<ShapeError>(
      [] {
        BinaryAccuracy().update(zeros({3, 1}), zeros({4, 1}));
      },
      "binary_accuracy: expected targets of shape [3, 1] for predictions of shape [3, 1], got [4, 1]");
  check_error<ShapeError>(
      [] {
        SparseCategoricalAccuracy({.name = "right"}).update(zeros({3, 2}), zeros({3, 2}));
      },
      "right: expected targets of shape [3], numbers of classes for predictions of shape "
      "[3, 2], got [3, 2]");
  check_error<ShapeError>(
      [] {
        F1Score().update(zeros({3, 2}), zeros({2}));
      },
      "f1_score: expected targets of shape [3, 2] (rows) or [3] (numbers of classes) for "
      "predictions of shape [3, 2], got [2]");
  check_error<ShapeError>(
      [] {
        F1Score().update(zeros({3, 2, 2}), zeros({3, 2, 2}));
      },
      "f1_score: expected predictions of shape [examples, classes], got [3, 2, 2]");
  check_error<ShapeError>(
      [] {
        Mean().update(zeros({3, 2}), {}, zeros({4}));
      },
      "mean: expected weights of shape [3], one for each example, or [3, 2], got [4]");
  check_error<ShapeError>(
      [] {
        MeanSquaredError().update(zeros({3}), zeros({3}), zeros({3, 3}));
      },
      "mean_squared_error: expected weights of shape [3], one for each example, got [3, 3]");
  check_error<ShapeError>([] { Precision().update(scalar(1), scalar(1)); },
                          "precision: expected predictions of shape [examples, ...], got a scalar");
  check_error<ShapeError>(
      [] {
        CategoricalCrossentropy().update(zeros({2, 0}), zeros({2, 0}));
      },
      "categorical_crossentropy: expected predictions of at least one number, got shape [2, 0]");
  check_error<ValueError>([] { Accuracy().update(Tensor(), zeros({3})); },
                          "accuracy: the predictions are undefined");
  check_error<ValueError>([] { Accuracy().update(zeros({3}), Tensor()); },
                          "accuracy: the targets are undefined");
  check_error<IndexError>(
      [] {
        SparseCategoricalCrossentropy().update(zeros({1, 3}), tensor({3}));
      },
      "sparse_categorical_crossentropy: expected the number of a class from 0 to 2, got 3");
  check_error<IndexError>([] { Recall().update(zeros({1}), tensor({0.5})); },
                          "recall: expected the number of a class from 0 to 1, got 0.5");
  check_error<ValueError>(
      [] {
        Recall({.class_id = 3}).update(zeros({1, 3}), zeros({1, 3}));
      },
      "recall: class_id is 3, but predictions have shape [1, 3]");
  check_error<ValueError>(
      [] {
        Precision({.top_k = 4}).update(zeros({1, 3}), zeros({1, 3}));
      },
      "precision: top_k is 4, but predictions have shape [1, 3]");
  check_error<ValueError>(
      [] {
        Precision({.thresholds = {0.5, 1.5}});
      },
      "precision: expected thresholds from 0 to 1, got 1.5");
  check_error<ValueError>([] { AUC({.num_thresholds = 1}); },
                          "auc: expected num_thresholds of at least 2, got 1");
  check_error<ValueError>([] { SensitivityAtSpecificity(1.5); },
                          "sensitivity_at_specificity: expected a number from 0 to 1, got 1.5");
  check_error<ValueError>([] { FBetaScore({.beta = 0}); }, "fbeta_score: expected a beta above 0, got 0");
  check_error<ValueError>([] { F1Score({.threshold = 0}); },
                          "f1_score: expected a threshold above 0, at most 1, got 0");
  check_error<ValueError>([] { TopKCategoricalAccuracy({.k = 0}); },
                          "top_k_categorical_accuracy: expected a k of at least 1, got 0");
  check_error<ValueError>([] { R2Score({.num_regressors = -1}); },
                          "r2_score: expected num_regressors of at least 0, got -1");
  check_error<ValueError>([] { ConfusionMatrix({.num_classes = 100000}); },
                          "confusion_matrix: expected num_classes from 0 to 32768, got 100000");
  check_error<ValueError>(
      [] {
        ConfusionMatrix().update(tensor({1, 2}), tensor({1, 2}));
      },
      "confusion_matrix: of predictions that are numbers of classes, expected num_classes "
      "as an option");
  check_error<ValueError>([] { IoU({.num_classes = 2, .target_class_ids = {2}}); },
                          "io_u: expected target_class_ids from 0 to 1, got 2");
  check_error<ValueError>(
      [] { IoU({.num_classes = 2, .target_class_ids = {0}}).update(tensor({0.75}), tensor({1})); },
      "io_u: expected numbers of classes, got 0.75; rows of scores need sparse_predictions = "
      "false");
  F1Score grown;
  grown.update(zeros({3, 2}), zeros({3, 2}));
  check_error<ShapeError>(
      [&] {
        grown.update(zeros({3, 4}), zeros({3, 4}));
      },
      "f1_score: expected as many classes or outputs as in the batches before");
}

TEST_CASE("a state of another metric is refused") {
  Precision precision({.thresholds = {0.5, 0.7}});
  check_error<ShapeError>(
      [&] { precision.load_state_dict(Precision().state_dict()); },
      "precision: \"true_positives\" has shape [2], got [1], \"false_positives\" has shape [2], "
      "got [1], \"true_negatives\" has shape [2], got [1], \"false_negatives\" has shape [2], "
      "got [1]");
  CHECK_THROWS_AS(precision.load_state_dict(Mean().state_dict()), ValueError);
  CHECK_THROWS_AS(Mean().load_state_dict({{"total", zeros({1}, float32)}, {"count", zeros({1}, float32)}}),
                  DTypeError);
  NamedTensors uneven = F1Score().state_dict();
  uneven[0].second = zeros({3}, float64);
  uneven[1].second = zeros({2}, float64);
  CHECK_THROWS_AS(F1Score().load_state_dict(uneven), ShapeError);
  ConfusionMatrix matrix;
  matrix.load_state_dict({{"confusion_matrix", ones({5}, float64)}});  // no square
  CHECK_THROWS_AS(matrix.value(), ShapeError);
  CHECK(matrix.result() >= 0);
  AUC areas({.num_thresholds = 4, .multi_label = true});
  NamedTensors odd = areas.state_dict();
  for (auto& each : odd) each.second = ones({7}, float64);
  areas.load_state_dict(odd);
  CHECK(areas.value().numel() == 1);
}

TEST_CASE("an empty batch changes nothing") {
  for (Metric* const each :
       {static_cast<Metric*>(new SparseCategoricalAccuracy), static_cast<Metric*>(new F1Score),
        static_cast<Metric*>(new AUC({.multi_label = true}))}) {
    const std::unique_ptr<Metric> metric(each);
    metric->update(zeros({0, 3}), zeros({0}, int64), zeros({0}));
    CHECK(metric->result() == 0);
  }
}

TEST_CASE("not-a-number is no class and above no threshold") {
  Precision precision;
  precision.update(tensor({double(NAN), 0.7}), tensor({1., 1.}));
  CHECK(precision.result() == 1);
  AUC area;
  area.update(tensor({double(NAN), 0.7}), tensor({1., 0.}));
  CHECK(std::isfinite(area.result()));
  CHECK_THROWS_AS(SparseCategoricalAccuracy().update(zeros({1, 3}), tensor({double(NAN)})), IndexError);
}
