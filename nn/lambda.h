// Lambda: a function as a layer.
#pragma once

#include <taper/nn/layer.h>

namespace taper::nn {

/// Any function of one tensor, as a layer without parameters: `nn::Lambda([](const Tensor& x) { return 2 * x;
/// })`.
class Lambda : public Layer<Lambda> {
 public:
  explicit Lambda(Function<Tensor(const Tensor& x)> function) : function_(std::move(function)) {}
  Tensor forward(const Tensor& x) const { return function_(x); }

 private:
  const Function<Tensor(const Tensor&)> function_;
};

}  // namespace taper::nn
