// The metrics of probabilities: crossentropies, perplexity, divergences.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <taper/train/mean_metric.h>

namespace taper::training {

// Predictions are probabilities, clipped to [1e-7, 1 - 1e-7] as in Keras, unless from_logits says that a
// sigmoid or softmax comes first. Logarithms are natural.

struct BinaryCrossentropyOptions {
  bool from_logits = false;
  /// Targets are drawn to 0.5 by this share.
  double label_smoothing = 0;
  std::string name = "binary_crossentropy";
};

/// Of targets from 0 to 1 with the shape of the predictions; the mean over a row, then over examples.
class BinaryCrossentropy : public MeanOfRows {
 public:
  explicit BinaryCrossentropy(BinaryCrossentropyOptions options = {});
};

struct CategoricalCrossentropyOptions {
  bool from_logits = false;
  /// Targets are drawn to 1 / classes by this share.
  double label_smoothing = 0;
  /// The axis of the classes.
  std::int64_t axis = -1;
  std::string name = "categorical_crossentropy";
};

/// Of rows of targets: one-hot or probabilities. Predictions are divided by the sum of their row.
class CategoricalCrossentropy : public MeanOfRows {
 public:
  explicit CategoricalCrossentropy(CategoricalCrossentropyOptions options = {});
};

struct SparseCategoricalCrossentropyOptions {
  bool from_logits = false;
  /// Examples with this target count for nothing. (In Keras so only if there are weights.)
  std::optional<std::int64_t> ignore_class = std::nullopt;
  std::int64_t axis = -1;
  std::string name = "sparse_categorical_crossentropy";
};

/// Of targets that are numbers of classes. Throws IndexError for one that is none.
class SparseCategoricalCrossentropy : public MeanOfRows {
 public:
  explicit SparseCategoricalCrossentropy(SparseCategoricalCrossentropyOptions options = {});
};

struct PerplexityOptions {
  bool from_logits = false;
  /// Tokens that count for nothing, such as padding: KerasHub's mask_token_id.
  std::optional<std::int64_t> ignore_class = std::nullopt;
  std::int64_t axis = -1;
  std::string name = "perplexity";
};

/// e to the mean SparseCategoricalCrossentropy of all tokens: among how many equally likely ones a model
/// seems to choose. Each token counts alike, however many an example has. Of nothing it is 0, as in KerasHub.
class Perplexity : public Metric {
 public:
  explicit Perplexity(PerplexityOptions options = {});
  void update(const Tensor& predictions, const Tensor& targets, const Tensor& weights = {}) override;
  double result() const override;

 private:
  PerplexityOptions options_;
};

/// The sum of target * log(target / prediction) over a row, both clipped to [1e-7, 1].
class KLDivergence : public MeanOfRows {
 public:
  explicit KLDivergence(std::string name = "kl_divergence");
};

/// prediction - target * log(prediction + 1e-7).
class Poisson : public MeanOfRows {
 public:
  explicit Poisson(std::string name = "poisson");
};

}  // namespace taper::training
