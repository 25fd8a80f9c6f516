// Layer: what a layer or a model derives from: a forward() with any arguments and any result.
#pragma once

#include <taper/nn/call.h>

namespace taper::nn {

/// A layer or a model with its own forward():
///
///     struct Net : nn::Layer<Net> {
///       nn::Linear hidden = child("hidden", nn::Linear(784, 128));
///       nn::Linear out = child("out", nn::Linear(128, 10));
///       Tensor forward(const Tensor& x) const { return out(relu(hidden(x))); }
///     };
///
/// Calling it calls forward(), which must be const, with the same arguments: `lstm(x, state)`. An error that
/// is thrown below gets the path of the layer in front, from the outermost call: "hidden (Linear): ...". A
/// module with parameters that is called by another one must be a child of it, or wrapped in External: else
/// it would neither be trained nor saved, and the call throws ValueError.
template <class Derived>
class Layer : public Module {
 public:
  template <class... Inputs>
  auto operator()(Inputs&&... inputs) const {
    const detail::Call call(*this);
    try {
      detail::check_input(inputs...);
      auto result = static_cast<const Derived&>(*this).forward(std::forward<Inputs>(inputs)...);
      call.finish(detail::first_tensor(result));
      return result;
    } catch (Error& error) {
      call.name_place(error);
      throw;
    }
  }

 protected:
  Tensor call(const Tensor& x) const final {
    if constexpr (requires(const Derived& self) { Tensor(self.forward(x)); })
      return (*this)(x);
    else
      return Module::call(x);
  }
};

}  // namespace taper::nn
