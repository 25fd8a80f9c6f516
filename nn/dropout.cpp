// Dropout and noise in training.
#include <cmath>

#include <fmt/format.h>

#include <taper/nn/check.h>
#include <taper/nn/dropout.h>
#include <taper/tensor/error.h>

namespace taper::nn {

void check_probability(const std::type_info& layer, double p, bool below_1) {
  check_fraction(name_of(layer).c_str(), "p", p);
  if (below_1 && p == 1) throw ValueError(fmt::format("{}: p must be below 1, got 1", name_of(layer)));
}

GaussianNoise::GaussianNoise(double deviation) : standard_deviation(deviation) {
  if (!(deviation >= 0) || !std::isfinite(deviation))
    throw ValueError(
        fmt::format("GaussianNoise: standard_deviation must be finite and at least 0, got {}", deviation));
}

GaussianNoise::GaussianNoise(double deviation, Generator& generator) : GaussianNoise(deviation) {
  generator_ = &generator;
}

Tensor GaussianNoise::forward(const Tensor& x) const {
  if (generator_ == nullptr && is_training()) return gaussian_noise(x, standard_deviation);
  Generator unused;
  return gaussian_noise(x, standard_deviation, is_training(), generator_ == nullptr ? unused : *generator_);
}

}  // namespace taper::nn
