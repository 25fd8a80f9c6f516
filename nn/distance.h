// How alike vectors are: the functions of autograd/ops/distance.h as layers of two tensors.
#pragma once

#include <taper/autograd/ops/distance.h>
#include <taper/nn/layer.h>

namespace taper::nn {

struct CosineSimilarity : Layer<CosineSimilarity> {
  struct Options {
    std::int64_t axis = 1;
    double epsilon = 1e-8;
  };
  CosineSimilarity() : CosineSimilarity(Options()) {}
  explicit CosineSimilarity(const Options& given) : options(given) {}
  Tensor forward(const Tensor& a, const Tensor& b) const {
    return cosine_similarity(a, b, options.axis, options.epsilon);
  }
  const Options options;
};

struct PairwiseDistance : Layer<PairwiseDistance> {
  struct Options {
    double p = 2;
    double epsilon = 1e-6;
    bool keepdim = false;
  };
  PairwiseDistance() : PairwiseDistance(Options()) {}
  explicit PairwiseDistance(const Options& given) : options(given) {}
  Tensor forward(const Tensor& a, const Tensor& b) const {
    return pairwise_distance(a, b, options.p, options.epsilon, options.keepdim);
  }
  const Options options;
};

}  // namespace taper::nn
