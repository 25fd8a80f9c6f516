// Weights and an optimizer's state, between a model here and the content of Keras's weights file. Internal.
#pragma once

#include <string>
#include <vector>

#include <taper/interop/keras_variables.h>
#include <taper/io/hdf5.h>
#include <taper/optim/optimizer.h>

namespace taper::interop::detail {

/// Takes over variables, and, unless it is null, the optimizer's state. Error messages begin with `place`.
/// Changes nothing if anything does not fit.
void read_state(const std::string& place, const io::Hdf5& file, const std::vector<KerasVariable>& variables,
                optim::Optimizer* optimizer);

/// The content of a weights file; `optimizer` may be null.
io::Hdf5 written_state(const std::string& place, const std::vector<KerasVariable>& variables,
                       optim::Optimizer* optimizer);

}  // namespace taper::interop::detail
