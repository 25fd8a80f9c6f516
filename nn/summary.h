// Summary: a table of the layers of a model.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <taper/nn/call.h>

namespace taper::nn {

/// A table like that of Keras: the type, output shape and number of parameters of each layer, then totals.
/// Running statistics count as non-trainable parameters, as in Keras.
///
/// The shapes come from a forward pass with an input of zeros of `input_shape` (which includes the batch
/// axis), in evaluation mode and not recorded. It changes neither the module nor the default generator.
/// Throws what forward() throws.
std::string summary(Module& module, const Shape& input_shape);

/// A row of summary().
struct LayerRow {
  std::string name, type;
  std::string shape;            ///< of its output: "[64, 10]", or "?" if it was not called
  std::int64_t parameters = 0;  ///< elements of its own parameters and running statistics
};

/// The rows of the table, for a call of the module like the one of summary().
std::vector<LayerRow> layer_rows(Module& module, const Function<void()>& call);

namespace detail {
std::string summary(Module& module, const Function<void()>& call);
}
/// The same of a call with these inputs: token numbers, say, or several tensors.
template <std::derived_from<Module> M, class... Inputs>
std::string summary(M& module, const Tensor& input, const Inputs&... others) {
  return detail::summary(module, [&] { module(input, others...); });
}

}  // namespace taper::nn
