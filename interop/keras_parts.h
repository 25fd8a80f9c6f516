// A model of Keras's from the parts of its file. Internal.
#pragma once

#include <string>
#include <vector>

#include <taper/interop/keras.h>
#include <taper/io/hdf5.h>

namespace taper::interop::detail {

/// What load_keras() makes of config.json and model.weights.h5; errors begin with `place`.
KerasModel model_of(const std::string& place, const std::string& config, const io::Hdf5& weights);

/// Keras's classes that load_keras() reads, and its names of activations.
std::vector<std::string> class_names();
std::vector<std::string> activation_names();

}  // namespace taper::interop::detail
