// Summary: a model's layers as a table.
#pragma once

#include <string>

#include <taper/nn/module.h>

namespace taper::nn {

/// A table like Keras's: each layer with its type, the shape of its result and the number of its parameters,
/// then totals. Running statistics count as parameters that are not trainable, as in Keras.
///
/// The shapes come from a forward pass, in evaluation mode and without recording, over zeros of
/// `input_shape`, batch axis included. The module, its statistics and the default generator stay as they are.
/// Throws what forward() throws.
std::string summary(Module& module, const Shape& input_shape);

}  // namespace taper::nn
