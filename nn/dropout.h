// Dropout and noise in training.
#pragma once

#include <typeinfo>

#include <taper/autograd/ops/dropout.h>
#include <taper/nn/layer.h>

namespace taper::nn {

/// Throws ValueError unless p is in [0, 1], or in [0, 1).
void check_probability(const std::type_info& layer, double p, bool below_1 = false);

/// What layers have that change their input at random in training, and else return it.
template <class Derived, Tensor (*function)(const Tensor&, double, bool, Generator&)>
class RandomLayer : public Layer<Derived> {
 public:
  /// Draws from the default_generator() of each call. Throws ValueError unless p is in [0, 1].
  explicit RandomLayer(double probability = 0.5) : p(probability) {
    check_probability(typeid(Derived), p, function == gaussian_dropout);
  }
  /// Draws from `generator`, which must outlive the layer and its copies.
  RandomLayer(double probability, Generator& generator) : RandomLayer(probability) {
    generator_ = &generator;
  }
  Tensor forward(const Tensor& x) const {
    if (generator_ == nullptr && this->is_training()) return function(x, p, true, default_generator());
    Generator unused;
    return function(x, p, this->is_training(), generator_ == nullptr ? unused : *generator_);
  }
  const double p;

 private:
  Generator* generator_ = nullptr;
};

/// Sets each element to 0 with probability p and divides the others by 1 - p: see dropout().
struct Dropout : RandomLayer<Dropout, dropout> {
  using RandomLayer::RandomLayer;
};

/// Drops whole channels: see dropout1d() and so on.
struct Dropout1d : RandomLayer<Dropout1d, dropout1d> {
  using RandomLayer::RandomLayer;
};
struct Dropout2d : RandomLayer<Dropout2d, dropout2d> {
  using RandomLayer::RandomLayer;
};
struct Dropout3d : RandomLayer<Dropout3d, dropout3d> {
  using RandomLayer::RandomLayer;
};

/// Keeps mean 0 and variance 1, for networks of SELU: see alpha_dropout().
struct AlphaDropout : RandomLayer<AlphaDropout, alpha_dropout> {
  using RandomLayer::RandomLayer;
};
struct FeatureAlphaDropout : RandomLayer<FeatureAlphaDropout, feature_alpha_dropout> {
  using RandomLayer::RandomLayer;
};

/// Multiplies each element with normal noise of mean 1 and variance p / (1 - p): see gaussian_dropout().
struct GaussianDropout : RandomLayer<GaussianDropout, gaussian_dropout> {
  using RandomLayer::RandomLayer;
};

/// Adds normal noise to each element in training: see gaussian_noise().
class GaussianNoise : public Layer<GaussianNoise> {
 public:
  /// Draws from the default_generator() of each call. Throws ValueError unless the deviation is finite and at
  /// least 0.
  explicit GaussianNoise(double standard_deviation);
  /// Draws from `generator`, which must outlive the layer and its copies.
  GaussianNoise(double standard_deviation, Generator& generator);
  Tensor forward(const Tensor& x) const;
  const double standard_deviation;

 private:
  Generator* generator_ = nullptr;
};

}  // namespace taper::nn
