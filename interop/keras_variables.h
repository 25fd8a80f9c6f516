// The variables that Keras's layers have, made of the tensors of the layers here. Internal.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <taper/io/hdf5.h>
#include <taper/nn/module.h>

namespace taper::interop::detail {

// Note [Keras's variables]
// A variable of Keras's has the elements of one tensor here, or of several, in another order: the axes of a
// kernel are others, gates have another order, and behind a Flatten Keras's features are in the order of
// images with the channels last. That order is written once, as a function that makes the variable of its
// parts. The way back follows from it: the same function, given the elements' numbers, tells where each one
// came from. So it is the same for parameters and for the slots of an optimizer.

/// One variable.
struct KerasVariable {
  std::string path;           ///< of its dataset, "layers/dense/vars/0"
  std::vector<Tensor> parts;  ///< parameters or buffers of a module
  /// Moves elements of the parts, or of tensors of their shapes, and changes none.
  Function<Tensor(const std::vector<Tensor>& parts)> join;
  bool trained = true;
};

/// Overwrites those elements of `parts`, contiguous tensors of the parts' shapes, that the variable has, by
/// `values`, which has its shape. Dtypes are those of the parts.
void split(const KerasVariable& variable, const Tensor& values, std::vector<Tensor>& parts);
/// The shape of the variable in Keras.
Shape shape_of(const KerasVariable& variable);

/// What images were before they were flattened, [C, H, W], by the address of a weight whose features they
/// are.
using Flattened = std::map<const void*, Shape>;
/// What one call of a model shows.
struct KerasTrace {
  Flattened flattened;
  std::map<const void*, Shape> results = {};  ///< by identity_of() a module
};
/// The dtype of the weights, or of moving averages; default_dtype() if there are none.
DType weights_dtype(const nn::Module& model);
/// The dtype of an input: int64 for a model that begins with an embedding, else weights_dtype().
DType input_dtype(const nn::Module& model);
/// Calls the model with zeros of `shape`, which has a batch.
KerasTrace trace(const nn::Module& model, const Shape& shape);
/// What is the same for all copies of a module.
const void* identity_of(const nn::Module& module);
/// Whether the order of features may depend on it: there are a convolution of images, and a layer of
/// features.
bool needs_trace(const nn::Module& model);

/// A layer of Keras's.
struct KerasLayer {
  const nn::Module* module = nullptr;
  std::string class_name, snake;         ///< "Dense", "dense"; empty for a layer without variables
  std::vector<KerasVariable> variables;  ///< with paths below the layer's: "vars/0"
};
/// What a module is to Keras, without its children unless they are parts of it. Throws ValueError for options
/// that Keras's layer does not have.
KerasLayer describe(const nn::Module& module, const Flattened& flattened);
/// The module within ChannelsLast, ChannelsFirst and others that change a layout alone; else itself.
const nn::Module& unwrapped(const nn::Module& module);

/// All variables of a model, in Keras's order. Of a file that is read (else null) paths follow its structure:
/// layers in the model's order, or attributes with the names of its children.
std::vector<KerasVariable> variables_of(const nn::Module& model, const Flattened& flattened,
                                        const io::Hdf5* file);

}  // namespace taper::interop::detail
