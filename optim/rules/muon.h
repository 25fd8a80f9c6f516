// Muon: orthogonalized momentum for matrices, AdamW for all other parameters.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <taper/optim/optimizer.h>
#include <taper/optim/pattern.h>

namespace taper::optim {

struct MuonOptions {
  static constexpr const char* class_name = "Muon";
  LearningRate learning_rate = 0.001;
  double adam_beta_1 = 0.9;
  double adam_beta_2 = 0.999;
  double adam_weight_decay = 0.004;
  double epsilon = 1e-7;
  /// Regular expressions. A parameter whose name contains a match is updated by Adam.
  std::vector<std::string> exclude_layers = {};
  /// Update parameters with "embedding" in their name by Adam.
  bool exclude_embeddings = true;
  /// The coefficients of the polynomial a * x + b * x^3 + c * x^5, which moves singular values towards 1.
  double muon_a = 3.4445;
  double muon_b = -4.775;
  double muon_c = 2.0315;
  /// Adam's learning rate is learning_rate * adam_lr_ratio.
  double adam_lr_ratio = 1;
  /// In [0, 1).
  double momentum = 0.95;
  /// The number of times the polynomial is applied (Newton-Schulz iterations).
  std::int64_t ns_steps = 5;
  bool nesterov = true;
  /// The approximate root mean square of a step divided by the learning rate. 0: steps are not scaled.
  double rms_rate = 0.2;
  TAPER_OPTIMIZER_OPTIONS_WITH_WEIGHT_DECAY(0.004);
};
Fields fields(MuonOptions& options);

/// For parameters with two dimensions: m = momentum * m + g; x = m, or g + momentum * m with nesterov;
/// x is divided by its norm; then ns_steps Newton-Schulz iterations make it nearly orthogonal:
/// A = x x^T, x = a * x + (b * A + c * A A) x;
/// w -= learning_rate * x * sqrt(max(rows, columns)) * rms_rate (Jordan et al., 2024; Liu et al., 2025).
/// Other parameters take AdamW's step. Slots: momentum; velocity for parameters updated by Adam.
/// keras.optimizers.Muon.
///
/// Use: Hidden matrices of large networks; the rest goes to Adam.
/// Paper: https://kellerjordan.github.io/posts/muon/
class Muon : public OptimizerWith<MuonOptions> {
 public:
  /// Throws what the base class throws, and ValueError for an invalid regular expression.
  explicit Muon(const Parameters& parameters, const Options& options = {});

 private:
  bool uses_adam(const Step& at) const;
  double weight_decay(const Step& at, double shared) const override;
  std::optional<FusedRule> fused(const Step& at) const override;
  bool declare(Step& at) override;
  Tensor update(const Tensor& parameter, const Tensor& gradient, Step& at) override;
  Tensor orthogonalized(Tensor x) const;
  std::vector<Pattern> excluded_;
};

}  // namespace taper::optim
