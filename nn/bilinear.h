// Bilinear: a layer of two inputs.
#pragma once

#include <taper/nn/layer.h>

namespace taper::nn {

/// a [..., in1_features] and b [..., in2_features] -> [..., out_features]: see bilinear().
class Bilinear : public Layer<Bilinear> {
 public:
  struct Options {
    std::int64_t in1_features = 0;
    std::int64_t in2_features = 0;
    std::int64_t out_features = 0;
    bool bias = true;
    DType dtype = float32;
  };
  /// Throws ValueError unless all features are at least 1. Weight and bias are initially uniform in +-1 /
  /// sqrt(in1_features).
  explicit Bilinear(const Options& options);
  Bilinear(std::int64_t in1_features, std::int64_t in2_features, std::int64_t out_features)
      : Bilinear(Options{
            .in1_features = in1_features, .in2_features = in2_features, .out_features = out_features}) {}
  Tensor forward(const Tensor& a, const Tensor& b) const;

  const Tensor weight;  ///< [out_features, in1_features, in2_features]
  const Tensor bias;    ///< [out_features]; undefined without bias
};

}  // namespace taper::nn
