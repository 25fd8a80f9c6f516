// Keras 3's files: models and weights, with the state of their optimizer, read and written.
#pragma once

#include <memory>
#include <string>

#include <taper/nn/module.h>
#include <taper/optim/optimizer.h>

namespace taper::interop {

// Note [Keras's layout]
// Images and volumes are [N, C, H, W] here and [N, H, W, C] in Keras, in the same model: so it is called with
// images as all models here are. Sequences are [N, steps, features] in both. Kernels of convolutions have
// other axes, gates of a GRU have another order, and a layer of features behind a Flatten has its rows in
// another order; all of this is converted, in the slots of an optimizer, too. So that it is known what was
// flattened, the functions that are given a model want the shape of its input.

/// What load_keras() returns.
struct KerasModel {
  /// An nn::Sequential for a chain of layers, else a Graph: see keras_layers.h. In training mode.
  std::shared_ptr<nn::Module> model;
  /// With its state, and with all parameters; null if the model was not compiled, or saved without.
  std::unique_ptr<optim::Optimizer> optimizer = nullptr;
  Shape input_shape = {};  ///< with a batch of 1; axes without an extent have -1
  std::string name = {};
  std::string loss = {};  ///< what the file says of it, as JSON; empty if nothing
  Tensor operator()(const Tensor& x) const { return (*model)(x); }
};

/// Reads a model of Keras 3 (.keras): Sequential, or Functional with one input and one output, of the layers
/// that docs/keras.md lists, with its weights, and with its optimizer and what that remembers:
///
///     auto [model, optimizer, ...] = interop::load_keras("model.keras");
///     optimizer->minimize([&] { return cross_entropy((*model)(images), labels); });
///
/// Throws IoError with the path if the file cannot be read or is malformed; ValueError or ShapeError, which
/// name the layer, for what there is not here, and for weights that do not fit.
KerasModel load_keras(const std::string& path);

/// Options of load_keras_weights() and save_keras_weights().
struct KerasWeightsOptions {
  optim::Optimizer* optimizer = nullptr;  ///< whose state is read or written, too; null: none
  /// The shape of an input, with a batch, as for nn::summary(). May be empty unless images are flattened.
  Shape input_shape = {};
};

/// Takes the weights of a model of Keras (.weights.h5 or .keras) over into a model of the same layers. Layers
/// are matched by their class and its occurrence, as in Keras; those of a module of your own in the order in
/// which it has registered them. If the file is that of a Keras model with attributes, by the attributes'
/// names. Nothing is changed if anything does not fit. Throws IoError as load_keras() does, ValueError for
/// variables that are missing or a model that needs input_shape, ShapeError for variables of other shapes,
/// all in one message.
void load_keras_weights(nn::Module& model, const std::string& path, const KerasWeightsOptions& options = {});

/// Writes the weights, and the optimizer's state, as Keras's Model.save_weights() does: so
/// Model.load_weights() reads them. `path` should end in ".weights.h5", or Keras does not. Throws IoError if
/// it cannot be written, ValueError for a layer that Keras does not have.
void save_keras_weights(const std::string& path, const nn::Module& model,
                        const KerasWeightsOptions& options = {});

/// Options of save_keras().
struct SaveKerasOptions {
  Shape input_shape = {};                 ///< must be given, with a batch, which is not kept
  optim::Optimizer* optimizer = nullptr;  ///< written with its state; null: none
  std::string name = "model";
  /// Keras's name of the loss, such as "mse", or a JSON object that describes it, as in KerasModel::loss.
  std::string loss = {};
};

/// Writes a model (.keras) that keras.models.load_model() reads. The model is an nn::Sequential, within which
/// there may be others, or a Graph, of layers that Keras has, too. Throws like save_keras_weights(), and
/// ValueError for a module whose forward() is code.
void save_keras(const std::string& path, const nn::Module& model, const SaveKerasOptions& options);

}  // namespace taper::interop
