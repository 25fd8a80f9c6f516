// WeightNorm and SpectralNorm: layers whose weight is computed from other parameters at each call.
#pragma once

#include <taper/autograd/ops/convolution.h>
#include <taper/autograd/ops/matmul.h>
#include <taper/autograd/ops/normalization.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/autograd/ops/shape.h>
#include <taper/nn/convolution.h>
#include <taper/nn/linear.h>
#include <taper/tensor/random.h>

namespace taper::nn {

/// What a layer computes with another weight. WeightNorm and SpectralNorm take every layer for which there is
/// such a function, and that has members `weight` and `bias`.
inline Tensor with_weight(const Linear& layer, const Tensor& x, const Tensor& weight) {
  return linear(x, weight, layer.bias, layer.activation);
}
inline Tensor with_weight(const Conv2d& layer, const Tensor& x, const Tensor& weight) {
  return conv2d(x, weight, layer.bias, layer.options);
}

/// The tensors that a weight is computed from, as children that are not called:
/// "parametrizations.weight.NAME".
class Parametrization : public Module {
 public:
  Parametrization() = default;
  using Module::buffer;
  using Module::child;
  using Module::parameter;
};

/// The base of WeightNorm and SpectralNorm. They copy the layer's weight, and share its bias.
template <class Derived, class L>
class Parametrized : public Layer<Derived> {
 public:
  Tensor forward(const Tensor& x) const {
    return with_weight(layer_, x, static_cast<const Derived&>(*this).weight());
  }
  const Tensor bias;  ///< of the layer

 protected:
  Parametrized(const L& layer, const Parametrization& tensors)
      : bias(layer.bias.defined() ? this->parameter("bias", layer.bias) : Tensor()), layer_(layer) {
    Parametrization all;
    all.child("weight", tensors);
    this->child("parametrizations", all);
  }

 private:
  const L layer_;
};

/// A Linear or Conv2d whose weight is learned as a length and a direction for each output: see weight_norm().
/// `nn::WeightNorm(nn::Linear(3, 4))` has the state of PyTorch's
/// torch.nn.utils.parametrizations.weight_norm(layer): "parametrizations.weight.original0" is the length,
/// "...original1" the direction.
template <class L>
class WeightNorm : public Parametrized<WeightNorm<L>, L> {
 public:
  explicit WeightNorm(const L& layer) : WeightNorm(layer, Parametrization()) {}
  Tensor weight() const { return weight_norm(direction, length); }

  const Tensor length;     ///< initially the norm of the layer's weight, so that nothing changes
  const Tensor direction;  ///< initially the layer's weight

 private:
  WeightNorm(const L& layer, Parametrization tensors)
      : Parametrized<WeightNorm, L>(layer, tensors),
        length(tensors.parameter("original0", initial_length(layer.weight.detach()))),
        direction(tensors.parameter("original1", clone(layer.weight.detach()))) {}
  static Tensor initial_length(const Tensor& weight) {
    Axes others;
    for (int axis = 1; axis < weight.rank(); ++axis) others.push_back(axis);
    return norm(weight, 2, others, true);
  }
};

/// A Linear or Conv2d whose weight is divided by its largest singular value: see spectral_norm().
/// `nn::SpectralNorm(nn::Linear(3, 4))` has the state of PyTorch's
/// torch.nn.utils.parametrizations.spectral_norm(layer): "parametrizations.weight.original" is the weight
/// before, "parametrizations.weight.0._u" and "..._v" are buffers, which move in training.
template <class L>
class SpectralNorm : public Parametrized<SpectralNorm<L>, L> {
 public:
  explicit SpectralNorm(const L& layer, const SpectralNormOptions& given = {})
      : SpectralNorm(layer, given, Parametrization(), Parametrization()) {}
  Tensor weight() const {
    SpectralNormOptions now = options;
    if (!this->is_training()) now.iterations = 0;
    return spectral_norm(original, u, v, now);
  }

  const SpectralNormOptions options;
  const Tensor original;  ///< initially the layer's weight
  const Tensor u, v;      ///< random at first, after 15 iterations

 private:
  SpectralNorm(const L& layer, const SpectralNormOptions& given, Parametrization tensors,
               Parametrization vectors)
      : Parametrized<SpectralNorm, L>(layer, tensors),
        options(given),
        original(tensors.parameter("original", clone(layer.weight.detach()))),
        u(vectors.buffer("_u", random(layer.weight, layer.weight.size(given.axis)))),
        v(vectors.buffer("_v", random(layer.weight, layer.weight.numel() / layer.weight.size(given.axis)))) {
    tensors.child("0", vectors);
    SpectralNormOptions first = given;
    first.iterations = 15;
    spectral_norm(original.detach(), u, v, first);
  }
  static Tensor random(const Tensor& weight, std::int64_t extent) {
    return normalize(normal({extent}, 0, 1, weight.dtype()), 2, 0);
  }
};

}  // namespace taper::nn
