// Sequential: a chain of layers.
#pragma once

#include <type_traits>

#include <taper/nn/layer.h>
#include <taper/nn/module_list.h>

namespace taper::nn {

/// The result of each layer is the input of the next one:
///
///     nn::Sequential model(nn::Flatten(), nn::Linear(784, 128), nn::ReLU());
///
/// Layers are modules, or shared pointers to them, with one tensor as input and as result; their names are
/// "0", "1", ... `model.get<nn::Linear>(1)` is one of them, `model.replace(1, nn::Linear(784, 64))` puts
/// another one in its place.
class Sequential : public detail::Indexed<Layer<Sequential>> {
 public:
  template <class... Layers>
  requires(detail::is_module<std::remove_cvref_t<Layers>>&&...) &&
      (!(sizeof...(Layers) == 1 && (std::is_base_of_v<Sequential, std::remove_cvref_t<Layers>> && ...)) ||
       sizeof...(Layers) == 0)
          Sequential(const Layers&... layers) {  // NOLINT: implicit, for `return {Linear(...), ReLU()};`
    (push_back(layers), ...);
  }
  Tensor forward(const Tensor& x) const;
};

}  // namespace taper::nn
