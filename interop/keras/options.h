// The options of Keras's layer for a module here. Internal.
#pragma once

#include <string>
#include <vector>

#include <taper/interop/keras/config.h>
#include <taper/interop/keras_layers.h>

namespace taper::interop::detail {

/// A layer of Keras's.
struct KerasOptions {
  std::string class_name, snake;
  Json config = Json::object();  ///< without name and dtype
  bool keeps_order = false;      ///< whether each feature becomes a feature of the same place
  int inputs = 1;                ///< how often it gets its input
  bool takes_list = false;       ///< whether several inputs are one argument
  Json whole = {};               ///< a model in the model
};

/// How a module is called.
struct CallOfModule {
  bool wrapped;   ///< in ChannelsLast or ChannelsFirst
  Shape in, out;  ///< what comes in and goes out, here
};

/// The layers that do what the module does, one after the other. Throws ValueError if Keras has none.
std::vector<KerasOptions> options_of(const nn::Module& module, const CallOfModule& call);
KerasOptions options_of(Merge merge);
/// The module that computes what Keras calls so. Throws ValueError if there is none.
std::shared_ptr<nn::Module> activation_of(const std::string& name);
/// What Keras calls an activation that is a function of elements alone; empty: nothing.
std::string activation_name(const nn::Module& module);
/// A shape here, with a batch, in Keras's order, with any batch.
Json keras_shape(const Shape& shape);

}  // namespace taper::interop::detail
