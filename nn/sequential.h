// Sequential: a chain of layers.
#pragma once

#include <type_traits>

#include <taper/nn/module.h>

namespace taper::nn {

namespace detail {
template <class T>
constexpr bool is_layer = std::is_base_of_v<Module, T>;
template <class T>
constexpr bool is_layer<std::shared_ptr<T>> = std::is_base_of_v<Module, T>;
}  // namespace detail

/// The result of each layer is the input of the next one:
///
///     nn::Sequential model(nn::Flatten(), nn::Linear({.in_features = 784, .out_features = 128}),
///     nn::ReLU());
///
/// Layers are modules or shared pointers to them; their names are "0", "1", ...
class Sequential : public Module {
 public:
  template <class... Layers>
  requires(detail::is_layer<std::remove_cvref_t<Layers>>&&...) &&
      (!(sizeof...(Layers) == 1 && (std::is_base_of_v<Sequential, std::remove_cvref_t<Layers>> && ...)) ||
       sizeof...(Layers) == 0)
          Sequential(const Layers&... layers) {  // NOLINT: implicit, for `return {Linear(...), ReLU()};`
    (push_back(layers), ...);
  }

  /// Appends a layer.
  template <class Layer>
  requires(detail::is_layer<Layer>) void push_back(const Layer& layer) {
    register_module(std::to_string(size()), layer);
  }

  std::size_t size() const { return named_children().size(); }
  /// Throws IndexError unless i < size().
  Module& operator[](std::size_t i) const;
  Tensor forward(const Tensor& x) override;
};

}  // namespace taper::nn
