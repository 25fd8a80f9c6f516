// Accuracy: how often predictions are right; of two classes, of several, among the first k.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <taper/train/mean_metric.h>

namespace taper::training {

// For the accuracy of several classes, logits are as good as probabilities: the largest one counts. Of equal
// ones it is the first.

struct BinaryAccuracyOptions {
  /// A prediction above it is class 1.
  double threshold = 0.5;
  /// Predictions are logits, from which probabilities are computed. (Keras has no such option, but a
  /// threshold of 0.)
  bool from_logits = false;
  std::string name = "binary_accuracy";
};

/// How often predictions, [examples], [examples, 1] or [examples, labels], are on the side of the threshold
/// where the targets, 0 or 1, are.
class BinaryAccuracy : public MeanOfRows {
 public:
  explicit BinaryAccuracy(BinaryAccuracyOptions options = {});
};

/// How often the largest prediction, [examples, ..., classes], is where the largest target is.
class CategoricalAccuracy : public MeanOfRows {
 public:
  explicit CategoricalAccuracy(std::string name = "categorical_accuracy");
};

struct SparseCategoricalAccuracyOptions {
  /// Examples with this target, such as padding, count for nothing. (Keras has weights for that.)
  std::optional<std::int64_t> ignore_class = std::nullopt;
  /// The axis of the classes: 1 for images [examples, classes, height, width].
  std::int64_t axis = -1;
  std::string name = "sparse_categorical_accuracy";
};

/// How often the largest prediction, [examples, ..., classes], is at the number that the target, [examples,
/// ...] or [examples, ..., 1], is. Throws IndexError for a target that is no class.
class SparseCategoricalAccuracy : public MeanOfRows {
 public:
  explicit SparseCategoricalAccuracy(SparseCategoricalAccuracyOptions options = {});
};

struct AccuracyOptions {
  /// Those of BinaryAccuracy.
  double threshold = 0.5;
  bool from_logits = false;
  std::string name = "accuracy";
};

/// What Keras makes of "accuracy": BinaryAccuracy for predictions with a last axis of 1 (and of rank 1),
/// SparseCategoricalAccuracy for targets of one axis less or with a last axis of 1, else CategoricalAccuracy;
/// which one, the first batch tells.
class Accuracy : public Mean {
 public:
  explicit Accuracy(AccuracyOptions options = {});
  void update(const Tensor& predictions, const Tensor& targets, const Tensor& weights = {}) override;

 private:
  AccuracyOptions options_;
};

struct TopKCategoricalAccuracyOptions {
  std::int64_t k = 5;
  std::string name = "top_k_categorical_accuracy";
};

/// How often the prediction of the largest target, one-hot [examples, ..., classes], is among the k largest:
/// fewer than k are larger.
class TopKCategoricalAccuracy : public MeanOfRows {
 public:
  explicit TopKCategoricalAccuracy(TopKCategoricalAccuracyOptions options = {});
};

struct SparseTopKCategoricalAccuracyOptions {
  std::int64_t k = 5;
  std::string name = "sparse_top_k_categorical_accuracy";
};

/// The same for targets that are numbers of classes.
class SparseTopKCategoricalAccuracy : public MeanOfRows {
 public:
  explicit SparseTopKCategoricalAccuracy(SparseTopKCategoricalAccuracyOptions options = {});
};

}  // namespace taper::training
